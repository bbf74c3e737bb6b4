"""Returns objects that lie about their length and about being equal."""


class Liar(list):
    def __len__(self):
        return 2**62

    def __eq__(self, other):
        return True

    def __bool__(self):
        raise KeyboardInterrupt


def handler(event, context):
    return Liar([Liar()])
