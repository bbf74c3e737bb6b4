#: {}
import sys


def handler(event, context):
    sys.excepthook = lambda *arguments: print("hook")
    return event["k"]
