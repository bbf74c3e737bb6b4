"""Waits for a pipe that nobody writes to, with poll() and with select() in turn."""

import os
import select


def handler(event, context):
    reader, writer = os.pipe()
    poll = select.poll()
    poll.register(reader, select.POLLIN)
    while not poll.poll(100) and not select.select([reader], [], [], 0.1)[0]:
        pass
