#: {}
import logging


def handler(event, context):
    logging.debug("debug")
    logging.info("info")
    logging.warning("warning")
    logging.error("error")
    logging.critical("critical")
    logging.log(25, "level 25")
    logging.log(35, "level 35")
