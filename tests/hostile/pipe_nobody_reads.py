"""Writes more into a pipe than it holds, with nobody to read it."""

import os


def handler(event, context):
    reader, writer = os.pipe()
    os.write(writer, bytes(1 << 20))
