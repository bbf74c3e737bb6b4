#: {"log_format": "JSON"}
import sys


def handler(event, context):
    print("plain")
    print('{"level": "ERROR", "message": "own"}')
    print("to stderr", file=sys.stderr)
    context.log("logged\n")
