"""Moves a folder into itself."""

import os


def handler(event, context):
    os.makedirs("/tmp/a/b")
    os.rename("/tmp/a", "/tmp/a/b/c")
