"""Duplicates to the highest number there is, and to some that are none."""

import contextlib
import fcntl
import os


def handler(event, context):
    for number in (2**31 - 1, 2**30, 1 << 20, 1025, -1):
        with contextlib.suppress(OSError):
            os.dup2(1, number)
            return number
    fcntl.fcntl(1, fcntl.F_DUPFD, 2**31 - 1)
