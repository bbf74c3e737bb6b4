#: {"log_format": "JSON"}
import logging

logging.info("in init")


def handler(event, context):
    logging.info("in the call")
