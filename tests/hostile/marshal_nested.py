"""Loads a value nested deeper than any stack."""

import marshal


def handler(event, context):
    return marshal.loads(b"\xa9\x01" * 1_000_000 + b"N")
