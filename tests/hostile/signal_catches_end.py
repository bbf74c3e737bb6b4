"""Handles every signal, so that none ends it, and loops."""

import contextlib
import signal


def handler(event, context):
    for number in signal.valid_signals():
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, lambda number, frame: None)
    while True:
        pass
