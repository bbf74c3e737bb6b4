#: {}
import logging

logger = logging.getLogger("my.service")
logger.setLevel("INFO")


def handler(event, context):
    logger.info("info of %s", "arguments")
    logger.debug("debug")
    logging.getLogger("other").info("not shown")
