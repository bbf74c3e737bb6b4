import sys

import from_layer
import from_site


def handler(event, context):
    return [from_layer.__file__, from_site.__file__, sys.path]
