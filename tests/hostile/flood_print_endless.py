"""Prints for ever."""


def handler(event, context):
    while True:
        print("x" * 10_000)
