"""Ends the process as if all were well."""

import os


def handler(event, context):
    os._exit(0)
