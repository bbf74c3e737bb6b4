"""Becomes a command that is looked for in PATH."""

import os


def handler(event, context):
    os.execlp("id", "id")
