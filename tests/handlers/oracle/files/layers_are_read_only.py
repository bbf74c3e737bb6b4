#: {}
import os


def handler(event, context):
    try:
        os.mkdir("/opt/new")
    except OSError as error:
        return [type(error).__name__, error.strerror, error.filename]
