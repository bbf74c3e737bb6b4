import sys

import from_vendor


def handler(event, context):
    return [from_vendor.__file__, sys.path]
