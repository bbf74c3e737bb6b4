#: {}
import logging

logging.getLogger().handlers[0].setFormatter(logging.Formatter("%(aws_request_id)s %(levelname)s %(message)s"))


def handler(event, context):
    logging.warning("first")
    logging.warning("second")
