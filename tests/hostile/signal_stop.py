"""Stops itself, with nobody to let it go on."""

import os
import signal


def handler(event, context):
    os.kill(os.getpid(), signal.SIGSTOP)
