"""An exception whose text raises one of its kind."""


class Raises(Exception):
    def __str__(self):
        raise Raises

    __repr__ = __str__


def handler(event, context):
    raise Raises
