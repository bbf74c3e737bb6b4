"""Raises an exception that has a hundred thousand others as its cause."""


def handler(event, context):
    error = None
    for number in range(100_000):
        cause, error = error, ValueError(number)
        error.__cause__ = cause
    raise error
