"""Calls itself without end."""


def handler(event, context):
    return handler(event, context)
