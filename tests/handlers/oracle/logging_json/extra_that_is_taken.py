#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.info("with extra", extra={"taskName": "t"})
