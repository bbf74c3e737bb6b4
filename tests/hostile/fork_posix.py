"""Forks through the module below os."""

import posix


def handler(event, context):
    posix.fork()
