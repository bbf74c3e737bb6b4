"""Writes to an address through ctypes."""

import ctypes


def handler(event, context):
    ctypes.memset(0, 1, 1 << 20)
