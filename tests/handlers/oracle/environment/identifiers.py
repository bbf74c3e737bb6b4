#: {}
import os


def handler(event, context):
    return [os.getuid(), os.geteuid(), os.getgid(), os.getegid()]
