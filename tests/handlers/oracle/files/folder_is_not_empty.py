#: {}
import os


def handler(event, context):
    os.makedirs("/tmp/x/y")
    try:
        os.rmdir("/tmp/x")
    except OSError as error:
        return [type(error).__name__, error.strerror, error.filename]
