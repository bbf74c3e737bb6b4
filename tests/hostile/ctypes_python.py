"""Calls into the interpreter."""

import ctypes


def handler(event, context):
    ctypes.pythonapi.Py_Exit(0)
