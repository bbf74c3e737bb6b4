#: {"log_format": "JSON"}
import logging


def handler(event, context):
    seen = []

    class Keep(logging.Handler):
        def emit(self, record):
            seen.append([record.levelno, record.levelname])

    logging.getLogger().addHandler(Keep())
    logging.log(25, "x")
    return seen
