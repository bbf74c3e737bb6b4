"""Fills /tmp with empty files."""

import os


def handler(event, context):
    number = 0
    while True:
        os.close(os.open(f"/tmp/{number:0>200}", os.O_CREAT | os.O_WRONLY))
        number += 1
