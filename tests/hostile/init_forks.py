"""Forks when it is imported, where it hopes nobody looks."""

import os

try:
    os.fork()
except OSError:
    pass


def handler(event, context):
    return "innocent"
