#: {}
import os


def handler(event, context):
    return sorted(os.listdir("/var/task"))
