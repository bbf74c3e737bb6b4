#: {}
class Own:
    def __json__(self):
        return 1

    def toJSON(self):
        return 2


def handler(event, context):
    return [Own()]
