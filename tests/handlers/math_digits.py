"""Values of functions of `math`, to the last bit: each of the event's names has arguments and what glibc gives, in hexadecimal."""

import math


def handler(event, context):
    """The rows that differ, with the value here."""
    wrong = []
    for name, rows in event.items():
        for *arguments, expected in rows:
            value = getattr(math, name)(*map(float.fromhex, arguments))
            if value.hex() != expected:
                wrong.append([name, *arguments, expected, value.hex()])
    return wrong
