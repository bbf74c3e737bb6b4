import os
import struct


def handler(event, context):
    """Writes well-formed frames wherever it can; only the token is missing."""
    answers = []
    for descriptor in (1, 2, 3, 4, 1023, 1024, 1025):
        frame = b"WLAM" + bytes([1, 5, 0, 0]) + struct.pack("<II", 16, 6) + bytes(16) + b"application/json" + b'"fake"'
        try:
            answers.append(os.write(descriptor, frame))
        except OSError as error:
            answers.append(type(error).__name__)
    return answers
