#: {"log_format": "JSON"}
import logging


def handler(event, context):
    try:
        (1).missing + event["k"] + 1 / 0
    except AttributeError:
        logging.warning("caught", exc_info=True)
