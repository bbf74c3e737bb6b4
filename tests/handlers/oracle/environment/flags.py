#: {}
import sys


def handler(event, context):
    return {name: getattr(sys.flags, name) for name in dir(sys.flags) if not name.startswith("_") and not callable(getattr(sys.flags, name))}
