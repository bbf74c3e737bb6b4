"""Ends the process with a status."""

import sys


def handler(event, context):
    sys.exit(7)
