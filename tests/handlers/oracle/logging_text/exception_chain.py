#: {}
import logging


def handler(event, context):
    try:
        try:
            event["k"]
        except KeyError as error:
            raise ValueError("second") from error
    except ValueError:
        logging.exception("caught")
