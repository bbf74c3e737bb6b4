#: {}
class Bad:
    def __del__(self):
        raise ValueError("in del")


def handler(event, context):
    Bad()
    return 1
