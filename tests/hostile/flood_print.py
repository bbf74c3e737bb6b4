"""Prints sixty megabytes."""


def handler(event, context):
    for _ in range(60):
        print("x" * (1 << 20))
