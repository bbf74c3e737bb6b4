"""Leaves a file at the root."""


def handler(event, context):
    open("/payload", "w").write("x")
