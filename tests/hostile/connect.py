"""Connects to a machine."""

import socket


def handler(event, context):
    socket.create_connection(("10.0.0.1", 80), timeout=1)
