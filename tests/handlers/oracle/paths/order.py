#: {}
import sys


def handler(event, context):
    return sys.path
