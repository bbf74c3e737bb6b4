"""Prints half a million short lines."""


def handler(event, context):
    for number in range(500_000):
        print(number)
