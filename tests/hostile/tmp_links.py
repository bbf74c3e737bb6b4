"""Fills /tmp with links to long names."""

import os


def handler(event, context):
    target = "x" * 4000
    number = 0
    while True:
        os.symlink(target, f"/tmp/{number}")
        number += 1
