#: {}
import logging


def handler(event, context):
    try:
        event["k"]
    except KeyError:
        logging.exception("caught %s", "it")
    logging.error("next")
