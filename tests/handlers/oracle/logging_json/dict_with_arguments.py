#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.info("%(a)s", {"a": 1})
    logging.info({"a": "%s"}, {"x": 1})
