#: {"log_format": "JSON"}
import logging


def handler(event, context):
    message = {}
    message["self"] = message
    logging.info(message)
    print("after")
