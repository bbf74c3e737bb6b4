#: {"log_format": "JSON", "application_log_level": "DEBUG"}
import logging


def handler(event, context):
    logging.debug("debug")
    return logging.getLogger().level
