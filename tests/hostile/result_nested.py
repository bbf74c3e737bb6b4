"""Returns a list nested nine hundred deep, more than most parsers take."""


def handler(event, context):
    nested = []
    for _ in range(900):
        nested = [nested]
    return nested
