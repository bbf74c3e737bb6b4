#: {}
def handler(event, context):
    try:
        open("/tmp")
    except OSError as error:
        return [type(error).__name__, error.strerror, error.filename]
