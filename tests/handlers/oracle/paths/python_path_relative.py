#: {"environment": {"PYTHONPATH": "lib::vendor/"}}
import sys


def handler(event, context):
    return sys.path
