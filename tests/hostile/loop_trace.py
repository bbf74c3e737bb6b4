"""A trace function that never comes back, called for each line."""

import sys


def trace(*arguments):
    while True:
        pass


def handler(event, context):
    sys.settrace(trace)
    return (lambda: 1)()
