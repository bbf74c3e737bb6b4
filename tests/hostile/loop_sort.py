"""A sort whose comparison never comes back."""


class Endless:
    def __lt__(self, other):
        while True:
            pass


def handler(event, context):
    return sorted([Endless(), Endless()])
