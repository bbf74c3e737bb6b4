#: {"tenant_id": "tenant-1"}
import logging


def handler(event, context):
    logging.warning("text has no tenant")
