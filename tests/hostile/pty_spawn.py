"""Starts a shell on a terminal of its own."""

import pty


def handler(event, context):
    pty.spawn("/bin/sh")
