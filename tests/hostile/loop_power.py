"""One multiplication of numbers so large that it takes minutes."""


def handler(event, context):
    number = 3 ** (1 << 24)
    return number * number % 7
