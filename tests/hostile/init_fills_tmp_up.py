"""Fills all of /tmp, bytes and names, before a case wants its files there."""

import os

number = 0
try:
    while True:
        os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))
        number += 1
except OSError:
    pass
with open("/tmp/0", "wb", buffering=0) as file:
    try:
        while file.write(b"x" * (1 << 24)):
            pass
    except OSError:
        pass


def handler(event, context):
    with open("/tmp/" + event) as file:
        return file.read() + " of the case"
