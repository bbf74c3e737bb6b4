"""Breaks every module of the runtime."""

import sys


def handler(event, context):
    for name, module in list(sys.modules.items()):
        if name.startswith("wasmlam_runtime"):
            for attribute in list(vars(module)):
                setattr(module, attribute, None)
