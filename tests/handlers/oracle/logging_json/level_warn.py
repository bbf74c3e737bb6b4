#: {"log_format": "JSON", "application_log_level": "WARN"}
import logging


def handler(event, context):
    logging.info("info")
    logging.warning("warning")
    return logging.getLogger().level
