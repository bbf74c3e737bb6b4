#: {}
import os


def handler(event, context):
    return os.listdir("/tmp")
