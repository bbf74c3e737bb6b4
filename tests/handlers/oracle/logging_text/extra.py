#: {}
import logging


def handler(event, context):
    logging.warning("with extra", extra={"order": 5})
