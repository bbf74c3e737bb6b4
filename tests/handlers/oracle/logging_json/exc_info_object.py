#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.error("given", exc_info=ValueError("never raised"))
