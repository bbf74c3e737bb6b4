#: {}
import logging

logger = logging.getLogger("svc")
logger.addHandler(logging.StreamHandler())
logger.propagate = False


def handler(event, context):
    logger.warning("to stderr")
