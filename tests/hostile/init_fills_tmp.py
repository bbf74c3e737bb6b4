"""Leaves things in /tmp that are in the way of the files of a case."""

import os

for path in ["file", "a/b"]:
    os.makedirs("/tmp/" + path)
for path in ["folder", "a/b/file", "a/link"]:
    os.close(os.open("/tmp/" + path, os.O_CREAT | os.O_WRONLY))
os.symlink("/var/task", "/tmp/out")
os.symlink("loop", "/tmp/loop")
deep = "/tmp/deep"
for _ in range(900):
    os.mkdir(deep)
    deep += "/d"


def handler(event, context):
    return event
