#: {}
import logging


def handler(event, context):
    seen = []

    class Keep(logging.Handler):
        def emit(self, record):
            seen.append(record)

    logging.getLogger().addHandler(Keep())
    logging.warning("x")
    record = seen[0]
    return [
        hasattr(record, "aws_request_id"), getattr(record, "aws_request_id", None), getattr(record, "tenant_id", "absent"), record.processName,
        record.threadName, record.module, record.funcName, record.lineno, record.pathname,
    ]
