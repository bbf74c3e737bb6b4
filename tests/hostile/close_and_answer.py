"""Closes every descriptor, the one of the answer too, and answers."""

import os


def handler(event, context):
    os.closerange(0, 2000)
    return "still here"
