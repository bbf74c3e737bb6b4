"""Spawns a shell as new code does."""

import os


def handler(event, context):
    os.posix_spawn("/bin/sh", ["sh"], {})
