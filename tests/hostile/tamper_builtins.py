"""Replaces what every function uses."""

import builtins


def handler(event, context):
    builtins.isinstance = lambda *_: True
    builtins.len = lambda _: 0
    builtins.type = builtins.str = builtins.Exception = None
