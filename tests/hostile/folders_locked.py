"""Leaves a deep tree of folders that nobody may enter."""

import os


def handler(event, context):
    paths, path = [], "/tmp"
    for _ in range(200):
        path += "/x"
        os.mkdir(path)
        paths.append(path)
    for path in reversed(paths):
        os.chmod(path, 0)
    return os.listdir("/tmp/x")
