#: {}
import logging


def handler(event, context):
    logging.warning("é 漢字 😀 \x00 \x1b[0m")
