#: {}
import logging


def handler(event, context):
    logging.warning({"a": 1})
    logging.warning(["a", None])
    logging.warning(None)
    logging.warning(ValueError("v"))
