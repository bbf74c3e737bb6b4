#: {}
import logging

logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s", force=True)


def handler(event, context):
    logging.info("info")
