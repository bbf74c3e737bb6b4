#: {}
import logging

logging.basicConfig(level=logging.DEBUG, format="%(message)s")


def handler(event, context):
    logging.info("info")
    logging.warning("warning")
