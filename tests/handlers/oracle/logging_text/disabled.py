#: {}
import logging

logging.disable(logging.CRITICAL)


def handler(event, context):
    logging.critical("not shown")
    return event["k"]
