"""Returns a number of a million digits as ready bytes."""


def handler(event, context):
    return b"9" * 1_000_000
