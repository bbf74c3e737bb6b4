#: {}
import os


def handler(event, context):
    return [os.environ.get("HOME"), os.environ.get("USER"), os.path.expanduser("~")]
