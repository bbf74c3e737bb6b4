import os
import sys


def handler(event, context):
    return [sys.path, open("/opt/data.txt").read(), os.listdir("/opt")]
