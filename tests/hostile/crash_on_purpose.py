"""Asks CPython to crash."""

import faulthandler


def handler(event, context):
    faulthandler._sigsegv()
