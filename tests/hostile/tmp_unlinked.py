"""Fills /tmp with open files that have no name."""

import os


def handler(event, context):
    kept = []
    while True:
        kept.append(os.open("/tmp/file", os.O_CREAT | os.O_RDWR))
        os.unlink("/tmp/file")
        os.write(kept[-1], bytes(1 << 20))
