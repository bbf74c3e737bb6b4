"""Forks."""

import os


def handler(event, context):
    os.fork()
