#: {}
import os

SEEN = sorted(os.environ)


def handler(event, context):
    return SEEN
