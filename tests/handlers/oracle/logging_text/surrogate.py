#: {}
import logging


def handler(event, context):
    logging.warning("\ud800")
    print("after")
