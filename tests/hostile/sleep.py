"""Sleeps for thirty years."""

import time


def handler(event, context):
    time.sleep(1e9)
