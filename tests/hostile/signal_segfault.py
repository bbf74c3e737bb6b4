"""Sends itself a segmentation fault."""

import signal


def handler(event, context):
    signal.raise_signal(signal.SIGSEGV)
