"""Blocks signals and closes the mask of new files in its init, for every call that comes after."""

import os
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
os.umask(0o777)


def handler(event, context):
    with open("/tmp/file", "w") as file:
        file.write("x")
    return open("/tmp/file").read()
