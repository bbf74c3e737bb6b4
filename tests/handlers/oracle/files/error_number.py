#: {}
import errno


def handler(event, context):
    try:
        open("/tmp/nothing")
    except OSError as error:
        return [str(error), error.errno, errno.errorcode[error.errno]]
