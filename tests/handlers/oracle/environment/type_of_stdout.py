#: {}
import sys


def handler(event, context):
    return [type(sys.stdout).__name__, type(sys.stdout).__module__, type(sys.stderr).__name__, type(sys.__stdout__).__name__, type(sys.stdin).__name__, type(sys.stdout.buffer).__name__]
