#: {}
import logging

logging.getLogger().setLevel(logging.DEBUG)


def handler(event, context):
    logging.debug("debug")
    logging.info("info")
    logging.log(5, "level 5")
    logging.log(15, "level 15")
