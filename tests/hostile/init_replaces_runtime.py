"""Takes the place of the runtime in the table of modules."""

import sys

sys.modules["wasmlam_runtime"] = sys.modules["wasmlam_runtime.bootstrap"] = sys


def handler(event, context):
    return "mine"
