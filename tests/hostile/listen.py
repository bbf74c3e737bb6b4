"""Opens a door."""

import socket


def handler(event, context):
    socket.create_server(("0.0.0.0", 8080))
