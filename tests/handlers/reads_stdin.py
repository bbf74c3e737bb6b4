import os
import sys


def handler(event, context):
    return [sys.stdin.read(), os.read(0, 10).decode()]
