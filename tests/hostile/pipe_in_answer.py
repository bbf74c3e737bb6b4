"""Puts a pipe in the place of the descriptor that takes the answer."""

import os

ANSWERS = 1024


def handler(event, context):
    reader, writer = os.pipe()
    os.dup2(writer, ANSWERS)
    return "into the pipe"
