#: {"environment": {"PYTHONPATH": "/tmp/a:/opt/b"}}
import os
import sys


def handler(event, context):
    return [sys.path, os.environ["PYTHONPATH"]]
