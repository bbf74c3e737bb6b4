"""Raises an exception with a message of twenty megabytes."""


def handler(event, context):
    raise ValueError("x" * (20 << 20))
