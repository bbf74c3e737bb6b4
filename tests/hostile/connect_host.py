"""Looks which services the host runs."""

import socket


def handler(event, context):
    return [port for port in (22, 80, 443, 5432) if socket.socket().connect_ex(("127.0.0.1", port)) == 0]
