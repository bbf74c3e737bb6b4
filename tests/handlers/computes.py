"""Computes for some tens of milliseconds."""


def handler(event, context):
    return sum(i * i % 7 for i in range(400_000))
