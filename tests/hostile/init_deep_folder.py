"""Leaves a file open in a folder that is fifteen thousand deep."""

import os

os.mkdir("/tmp/top")
open("/tmp/top/file", "w").close()
kept = open("/tmp/top/file")
for number in range(15_000):
    os.mkdir("/tmp/new")
    os.rename("/tmp/top", "/tmp/new/top")
    os.rename("/tmp/new", "/tmp/top")


def handler(event, context):
    return "deep"
