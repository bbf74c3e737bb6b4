"""Returns a hundred megabytes as bytes."""


def handler(event, context):
    return bytes(100 << 20)
