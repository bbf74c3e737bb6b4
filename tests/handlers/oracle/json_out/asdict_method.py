#: {}
class Record:
    def _asdict(self):
        return {"a": 1}


class Broken:
    def _asdict(self):
        return [1]


class Attribute:
    _asdict = {"a": 1}


def handler(event, context):
    results = [Record()]
    return results
