#: {}
import logging


def handler(event, context):
    logging.getLogger("x").warning("with stack", exc_info=False, extra={"k": 1})
