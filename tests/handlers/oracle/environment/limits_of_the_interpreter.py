#: {}
import sys


def handler(event, context):
    return [sys.getrecursionlimit(), sys.get_int_max_str_digits(), sys.getswitchinterval()]
