"""What a subscription filter delivers: base64 of gzip of JSON. Counts levels and picks out errors."""

import base64
import gzip
import json
from collections import Counter
from datetime import datetime, timezone


def handler(event, context):
    data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    levels, errors = Counter(), []
    for entry in data["logEvents"]:
        level, _, text = entry["message"].partition(" ")
        levels[level.strip("[]")] += 1
        if level == "[ERROR]":
            moment = datetime.fromtimestamp(entry["timestamp"] / 1000, timezone.utc)
            errors.append({"at": moment.isoformat(timespec="milliseconds"), "text": text.rstrip(), "id": entry["id"]})
    return {
        "group": data["logGroup"],
        "filters": data["subscriptionFilters"],
        "type": data["messageType"],
        "levels": levels,
        "errors": errors,
    }
