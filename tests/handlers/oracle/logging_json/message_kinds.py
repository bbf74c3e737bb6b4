#: {"log_format": "JSON"}
import logging


def handler(event, context):
    logging.info({"a": 1, "b": [None, "é"]})
    logging.info({"a": 1}, "argument") if False else None
    logging.info(["list"])
    logging.info(5)
    logging.info(None)
    logging.info("")
    logging.info({})
    logging.info("é 漢字 😀 \x00 \"quoted\" \\ \n")
