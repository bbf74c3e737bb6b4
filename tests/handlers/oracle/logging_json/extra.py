#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.info("with extra", extra={"order": 5, "none": None, "nested": {"a": object}, "level": "mine", "timestamp": "mine"})
