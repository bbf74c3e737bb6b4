#: {}
import os


def handler(event, context):
    return dict(sorted(os.environ.items()))
