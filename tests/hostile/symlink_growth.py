"""Links that make a path longer with every step."""

import os


def handler(event, context):
    os.symlink("b/" * 2000 + "a", "/tmp/a")
    os.symlink("/tmp/" + "./" * 2000 + "a", "/tmp/b")
    return open("/tmp/b/a/b/a/" + "./" * 1900).read()
