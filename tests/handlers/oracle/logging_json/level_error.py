#: {"log_format": "JSON", "application_log_level": "ERROR"}
import logging


def handler(event, context):
    logging.warning("warning")
    logging.error("error")
    return logging.getLogger().level
