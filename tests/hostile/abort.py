"""Aborts the process."""

import os


def handler(event, context):
    os.abort()
