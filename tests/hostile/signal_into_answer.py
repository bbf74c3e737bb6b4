"""Has the numbers of signals written between the bytes of its answer."""

import fcntl
import os
import signal

ANSWERS = 1024


def handler(event, context):
    fcntl.fcntl(ANSWERS, fcntl.F_SETFL, os.O_NONBLOCK)
    signal.set_wakeup_fd(ANSWERS)
    signal.signal(signal.SIGUSR1, lambda number, frame: None)
    for _ in range(100):
        signal.raise_signal(signal.SIGUSR1)
    return "answered"
