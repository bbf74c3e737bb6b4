"""Empties the table of modules."""

import sys


def handler(event, context):
    sys.modules.clear()
