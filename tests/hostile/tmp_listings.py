"""Holds a listing of a full folder in a thousand descriptors."""

import os


def handler(event, context):
    for number in range(30_000):
        os.close(os.open(f"/tmp/{number:0>200}", os.O_CREAT | os.O_WRONLY))
    kept = []
    while True:
        kept.append(os.scandir("/tmp"))
        next(kept[-1])
