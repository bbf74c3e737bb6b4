"""Climbs from an open folder."""

import os


def handler(event, context):
    folder = os.open("/tmp", os.O_RDONLY)
    return os.open("../../etc/shadow", os.O_RDONLY, dir_fd=folder)
