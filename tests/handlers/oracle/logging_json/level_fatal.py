#: {"log_format": "JSON", "application_log_level": "FATAL"}
import logging


def handler(event, context):
    logging.error("error")
    logging.critical("critical")
    return logging.getLogger().level
