"""Raises an exception whose type has a name of ten megabytes."""


def handler(event, context):
    raise type("E" * (10 << 20), (Exception,), {})("x")
