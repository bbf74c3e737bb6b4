#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.error("none", exc_info=True)
