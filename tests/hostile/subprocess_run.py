"""Runs a command with subprocess and hides the failure."""

import subprocess


def handler(event, context):
    try:
        subprocess.run(["/usr/bin/env"])
    except OSError:
        pass
