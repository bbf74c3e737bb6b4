#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.LoggerAdapter(logging.getLogger("a"), {"user": "ada"}).info("adapted")
