"""Adds a module to the layers."""

import os


def handler(event, context):
    os.makedirs("/opt/python")
