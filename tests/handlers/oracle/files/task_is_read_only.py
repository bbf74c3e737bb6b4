#: {}
def handler(event, context):
    try:
        open("/var/task/new", "w")
    except OSError as error:
        return [type(error).__name__, error.strerror, error.filename]
