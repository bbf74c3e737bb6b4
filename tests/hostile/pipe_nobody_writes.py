"""Reads a pipe that only itself could write to."""

import os


def handler(event, context):
    reader, writer = os.pipe()
    os.read(reader, 1)
