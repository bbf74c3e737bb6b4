"""Fills /tmp with files that have no name."""

import os


def handler(event, context):
    while True:
        os.write(os.open("/tmp", os.O_TMPFILE | os.O_RDWR), bytes(16 << 20))
