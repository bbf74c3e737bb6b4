#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.info({(1, 2): 3})
    print("after")
