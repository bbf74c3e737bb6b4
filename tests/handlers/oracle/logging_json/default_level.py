#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.debug("debug")
    logging.info("info")
    return logging.getLogger().level
