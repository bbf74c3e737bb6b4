#: {}
import os
import sys


def handler(event, context):
    return [sys.stdin.read(), sys.stdout.isatty(), sys.stdout.fileno(), sys.stderr.fileno(), os.isatty(1), sys.stdout.writable(), sys.stdout.line_buffering]
