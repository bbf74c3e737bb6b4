"""Frees a structure nested a million deep."""


def handler(event, context):
    nested = None
    for _ in range(1_000_000):
        nested = (nested,)
    del nested
    return "dropped"
