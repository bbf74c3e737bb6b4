"""Forks when it is imported, and fails."""

import os

os.fork()


def handler(event, context):
    pass
