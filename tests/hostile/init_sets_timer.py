"""Leaves a timer behind an init, whose signal would end whoever has it."""

import signal

signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)


def handler(event, context):
    while True:
        pass
