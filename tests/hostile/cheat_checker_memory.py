"""Searches its whole memory for the answer, a byte at a time, past the time limit."""

import gc


def handler(event, context):
    needle = "expect"
    while True:
        for thing in gc.get_objects():
            needle in repr(type(thing))
