"""Returns bytes that are no text."""


def handler(event, context):
    return b"\xff\xfe\x00"
