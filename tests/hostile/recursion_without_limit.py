"""Turns the limit of recursion off and calls itself."""

import sys


def handler(event, context):
    sys.setrecursionlimit(2**31 - 1)
    return handler(event, context)
