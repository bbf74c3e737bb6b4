"""Returns a dict with keys that change their hash."""


class Key(str):
    def __hash__(self):
        Key.number += 1
        return Key.number

    number = 0

    def __eq__(self, other):
        return True


def handler(event, context):
    return {Key("a"): 1, Key("b"): 2}
