"""Floods stderr."""

import sys


def handler(event, context):
    for _ in range(60):
        sys.stderr.write("x" * (1 << 20))
