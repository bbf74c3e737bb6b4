#: {}
class Own:
    def for_json(self):
        return 1


def handler(event, context):
    return Own()
