"""Raises a signal in its own handler, again and again."""

import signal


def again(number, frame):
    signal.raise_signal(number)


def handler(event, context):
    signal.signal(signal.SIGUSR1, again)
    signal.raise_signal(signal.SIGUSR1)
