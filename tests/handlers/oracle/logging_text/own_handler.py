#: {}
import logging
import sys

stream = logging.StreamHandler(sys.stdout)
stream.setFormatter(logging.Formatter("own %(message)s"))
logging.getLogger().addHandler(stream)


def handler(event, context):
    logging.warning("twice")
