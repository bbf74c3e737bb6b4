#: {}
class Mapping(dict):
    def _asdict(self):
        return {"as": "dict"}


class Items(list):
    def _asdict(self):
        return {"as": "dict"}


def handler(event, context):
    return [Mapping(a=1), Items([1])]
