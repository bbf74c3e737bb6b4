"""Lets a timer go off as often as it can, and loops."""

import signal


def handler(event, context):
    signal.signal(signal.SIGALRM, lambda number, frame: None)
    signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
    while True:
        pass
