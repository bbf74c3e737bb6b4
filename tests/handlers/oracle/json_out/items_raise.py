#: {}
class Bad(dict):
    def items(self):
        raise KeyError("items")


def handler(event, context):
    return Bad(a=1)
