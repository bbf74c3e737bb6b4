#: {}
import os
import sys


def handler(event, context):
    return [sys.platform, os.name, os.sep, os.linesep]
