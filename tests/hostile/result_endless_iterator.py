"""Returns a list whose iteration never ends."""


class Endless(list):
    def __iter__(self):
        while True:
            yield 1

    def __len__(self):
        return 1


def handler(event, context):
    return Endless([1])
