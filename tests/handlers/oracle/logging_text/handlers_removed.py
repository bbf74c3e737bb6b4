#: {}
import logging

logging.getLogger().handlers.clear()


def handler(event, context):
    logging.warning("through the handler of last resort")
    return event["k"]
