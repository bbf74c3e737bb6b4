"""The three handlers that every peer runs: a greeting, a transformation of an API Gateway event, and arithmetic."""

import json


def hello(event, context):
    return {"message": "Hello {} {}!".format(event["first_name"], event["last_name"])}


def transform(event, context):
    """Orders of a request's body, summed up by customer, as the body of an API Gateway answer."""
    orders = json.loads(event["body"])["orders"]
    customers = {}
    for order in orders:
        customer = customers.setdefault(order["customer"], {"orders": 0, "cents": 0, "items": []})
        customer["orders"] += 1
        customer["cents"] += sum(item["cents"] * item["count"] for item in order["items"])
        customer["items"].extend(item["sku"].upper() for item in order["items"])
    ranking = sorted(customers.items(), key=lambda pair: (-pair[1]["cents"], pair[0]))
    body = [{"customer": name, **values, "items": sorted(set(values["items"]))} for name, values in ranking]
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json", "x-agent": event["headers"]["User-Agent"]},
        "body": json.dumps({"customers": body}),
    }


def compute(event, context):
    """Primes, counted, and a hash of them: integers, lists and a loop."""
    limit = event["limit"]
    is_prime = [True] * (limit + 1)
    for i in range(2, int(limit**0.5) + 1):
        if is_prime[i]:
            for multiple in range(i * i, limit + 1, i):
                is_prime[multiple] = False
    total = 0
    for i in range(2, limit + 1):
        if is_prime[i]:
            total = (total * 31 + i) & 0xFFFFFFFF
    return {"count": sum(is_prime) - 2, "hash": total}


def events():
    """One event for each handler; the second is as API Gateway sends it, of 100 KB."""
    orders = [
        {
            "id": f"order-{i:05}",
            "customer": f"customer-{i * 7919 % 97:03}",
            "items": [
                {
                    "sku": f"sku-{(i * 31 + k * 17) % 1009:04}",
                    "cents": (i * 131 + k * 977) % 9973,
                    "count": 1 + (i + k) % 4,
                }
                for k in range(4)
            ],
            "note": "leave at the door; ring twice",
        }
        for i in range(320)
    ]
    gateway = {
        "resource": "/orders",
        "path": "/orders",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json", "User-Agent": "bench/1", "X-Forwarded-For": "192.0.2.7"},
        "queryStringParameters": {"dry": "true"},
        "pathParameters": None,
        "isBase64Encoded": False,
        "requestContext": {
            "accountId": "123456789012",
            "stage": "prod",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
        },
        "body": json.dumps({"orders": orders}),
    }
    return {
        "hello": {"first_name": "Ada", "last_name": "Lovelace"},
        "transform": gateway,
        "compute": {"limit": 200_000},
    }
