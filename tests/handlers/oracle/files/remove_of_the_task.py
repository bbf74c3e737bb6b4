#: {}
import os


def handler(event, context):
    try:
        os.remove(__file__)
    except OSError as error:
        return [type(error).__name__, error.strerror, error.filename]
