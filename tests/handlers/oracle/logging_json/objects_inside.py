#: {"log_format": "JSON"}
import datetime
import decimal
import logging


def handler(event, context):
    logging.info({"date": datetime.date(2026, 1, 1), "decimal": decimal.Decimal("1.10"), "set": {1}, "bytes": b"x", "nan": float("nan"), 1: 2, None: 3})
