"""Deletes its own package."""

import shutil


def handler(event, context):
    shutil.rmtree("/var/task")
