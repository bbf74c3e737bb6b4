"""Makes its own package a file that can be written."""

import os


def handler(event, context):
    os.chmod(__file__, 0o666)
    with open(__file__, "w") as file:
        file.write("changed")
