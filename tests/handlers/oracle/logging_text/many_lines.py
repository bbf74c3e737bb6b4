#: {}
import logging


def handler(event, context):
    logging.warning("first\nsecond\r\nthird\n")
