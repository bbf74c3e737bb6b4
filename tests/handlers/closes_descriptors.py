import os


def handler(event, context):
    for descriptor in range(2000):
        try:
            os.close(descriptor)
        except OSError:
            pass
    return "still here"
