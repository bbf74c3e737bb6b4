#: {}
import os


def handler(event, context):
    return [os.path.isdir(path) for path in ("/", "/var", "/var/task", "/var/runtime", "/var/lang", "/opt", "/tmp")]
