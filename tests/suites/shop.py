"""The example of docs/TESTING-PACKAGES.md: adds up an order."""

import time


def handler(event, context):
    time.sleep(event.get("wait", 0))
    total = sum(item["price"] * item["count"] for item in event["items"])
    return {"total": total, "order": context.aws_request_id}
