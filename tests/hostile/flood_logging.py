"""Logs records of ten kilobytes."""

import logging


def handler(event, context):
    for _ in range(2000):
        logging.error("x" * 10_000)
