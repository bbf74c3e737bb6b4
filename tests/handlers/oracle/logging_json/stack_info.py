#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.info("none", stack_info=False)
