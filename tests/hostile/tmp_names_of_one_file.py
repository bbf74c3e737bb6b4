"""Gives one file names without end."""

import os


def handler(event, context):
    open("/tmp/file", "w").close()
    number = 0
    while True:
        os.link("/tmp/file", f"/tmp/{number}")
        number += 1
