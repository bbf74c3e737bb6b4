"""Looks for the socket module that the runtime has replaced."""

import importlib.util
import importlib.machinery
import sys


def handler(event, context):
    del sys.modules["_socket"]
    spec = importlib.machinery.BuiltinImporter.find_spec("_socket")
    sockets = importlib.util.module_from_spec(spec)
    sockets.socket().connect(("10.0.0.1", 80))
