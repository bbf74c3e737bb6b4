#: {}
import os


def handler(event, context):
    return [os.access(path, os.W_OK) for path in ("/var/task", "/opt", "/tmp", "/var/task/access.py")]
