"""A number of a billion digits."""


def handler(event, context):
    return (1 << (1 << 31)).bit_length()
