#: {"log_format": "JSON", "tenant_id": "tenant-1"}
import logging


def handler(event, context):
    logging.info("of a tenant")
    raise ValueError("of a tenant")
