#: {}
import os


def handler(event, context):
    open("/tmp/file", "w").close()
    try:
        os.listdir("/tmp/file")
    except OSError as error:
        return [type(error).__name__, error.strerror, error.filename]
