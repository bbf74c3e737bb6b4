#: {}
import sys


def handler(event, context):
    sys.stdout.write("text\n")
    sys.stdout.writelines(["a\n", "b\n"])
    sys.stdout.buffer.write(b"bytes\n")
    sys.stdout.flush()
    sys.stderr.write("error\n")
    return [sys.stdout.write("12345"), sys.stderr.write("")]
