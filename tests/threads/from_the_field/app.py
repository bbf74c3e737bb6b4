"""Programs that people wrote, which went wrong here while threads were something else. The event names module and function."""

import importlib


def handler(event, context):
    module, name = event
    return getattr(importlib.import_module(module), name)(None, context)
