#: {}
import struct
import sys


def handler(event, context):
    return [sys.maxsize, struct.calcsize("P"), struct.calcsize("l")]
