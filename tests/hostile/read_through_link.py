"""Reads through a link that it made in /tmp."""

import os


def handler(event, context):
    os.symlink("/etc/shadow", "/tmp/link")
    return open("/tmp/link").read()
