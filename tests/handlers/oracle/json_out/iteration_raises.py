#: {}
class Bad(list):
    def __iter__(self):
        raise KeyError("iter")


def handler(event, context):
    return [Bad([1])]
