"""Lists the home of root."""

import os


def handler(event, context):
    return os.listdir('/root')
