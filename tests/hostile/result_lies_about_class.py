"""Returns an object that says it is bytes."""


class Liar:
    __class__ = bytes

    def __len__(self):
        return 10**9


def handler(event, context):
    return Liar()
