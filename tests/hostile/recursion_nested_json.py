"""JSON nested a million deep."""

import json


def handler(event, context):
    return json.loads("[" * 1_000_000)
