"""Computes for ever when it is imported."""


while True:
    pass


def handler(event, context):
    pass
