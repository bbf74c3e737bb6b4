#: {}
import logging
import warnings

logging.captureWarnings(True)


def handler(event, context):
    warnings.warn("careful")
