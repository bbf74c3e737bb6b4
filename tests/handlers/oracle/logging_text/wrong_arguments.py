#: {}
import logging


def handler(event, context):
    logging.warning("%d", "text")
    print("after")
