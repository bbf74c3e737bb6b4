#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.getLogger("my.service").info("info of %s", "arguments")
