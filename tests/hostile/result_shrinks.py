"""Returns a list that empties itself while it is written."""

LIST = []


class Number(int):
    def __repr__(self):
        LIST.clear()
        return "1"


def handler(event, context):
    LIST[:] = [Number(1), {Number(2): 1}] * 1000
    return LIST
