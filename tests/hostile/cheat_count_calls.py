"""Answers well in the first call only, which it thinks is the public one."""

import os


def handler(event, context):
    first = not os.path.exists("/tmp/seen")
    open("/tmp/seen", "w").close()
    return "first" if first else "later"
