"""Recursion through C code, with the limit turned off."""

import sys


class Caller:
    def __getattr__(self, name):
        return getattr(self, name + "x")


def handler(event, context):
    sys.setrecursionlimit(2**31 - 1)
    return Caller().a
