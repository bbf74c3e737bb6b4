#: {}
import logging
import os
import sys


def handler(event, context):
    print("1")
    sys.stderr.write("2\n")
    logging.warning("3")
    os.write(1, b"4\n")
    os.write(2, b"5\n")
    context.log("6\n")
    sys.stdout.write("7")
    logging.warning("8")
    print("9")
