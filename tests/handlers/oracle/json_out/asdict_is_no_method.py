#: {}
class Attribute:
    _asdict = {"a": 1}


def handler(event, context):
    return Attribute()
