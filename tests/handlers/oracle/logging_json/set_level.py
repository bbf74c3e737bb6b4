#: {"log_format": "JSON"}
import logging

logging.getLogger().setLevel("DEBUG")


def handler(event, context):
    logging.debug("debug")
