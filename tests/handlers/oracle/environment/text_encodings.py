#: {}
import locale
import sys


def handler(event, context):
    return [
        sys.getdefaultencoding(), sys.getfilesystemencoding(), sys.getfilesystemencodeerrors(), sys.stdout.encoding, sys.stdout.errors,
        sys.stderr.errors, sys.stdin.encoding,
    ]
