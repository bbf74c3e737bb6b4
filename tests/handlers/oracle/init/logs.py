#: {}
import logging

logging.warning("a warning")
logging.info("not shown")
print("printed")


def handler(event, context):
    logging.warning("in the call")
    return 1
