"""Computes for ever in Python."""


def handler(event, context):
    while True:
        pass
