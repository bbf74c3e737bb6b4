"""The repr of a list nested a million deep."""


def handler(event, context):
    nested = []
    for _ in range(1_000_000):
        nested = [nested]
    return repr(nested)
