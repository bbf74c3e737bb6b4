"""Renumbers the kinds of answers."""

import wasmlam_runtime.protocol as protocol


def handler(event, context):
    protocol.RAISED = protocol.RETURNED = 250
    protocol.JSON_RESULT = b"x" * 100_000
