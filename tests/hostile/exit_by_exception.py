"""Raises what no runtime catches."""


def handler(event, context):
    raise KeyboardInterrupt
