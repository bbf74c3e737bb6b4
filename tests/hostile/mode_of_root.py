"""Makes a program that would run as root."""

import os


def handler(event, context):
    with open("/tmp/program", "w") as file:
        file.write("#!/bin/sh\n")
    os.chmod("/tmp/program", 0o4755)
    os.chown("/tmp/program", 0, 0)
