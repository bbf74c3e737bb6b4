"""Closes every descriptor and prints."""

import os


def handler(event, context):
    os.closerange(0, 2000)
    os.write(1, b"nobody hears this")
