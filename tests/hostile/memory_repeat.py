"""A list larger than can be addressed."""


def handler(event, context):
    return len([0] * (1 << 40))
