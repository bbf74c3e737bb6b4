"""Calls a plain function of a module and returns its result.

Laid into a layer of the package by `wasmlam test` for cases with `call`. The module is imported once, in the init.
"""

import importlib

_module = importlib.import_module("{{MODULE}}")


def handler(event, context):
    function = _module
    for name in event["call"].split("."):
        function = getattr(function, name)
    return function(*event["arguments"])
