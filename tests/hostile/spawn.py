"""Spawns a shell."""

import os


def handler(event, context):
    os.spawnl(0, "/bin/sh", "sh", "-c", "id")
