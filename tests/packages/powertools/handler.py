"""A small REST API and a queue consumer, as the Powertools documentation builds them."""

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import BadRequestError, NotFoundError
from aws_lambda_powertools.logging import correlation_paths
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

logger = Logger(service="orders")
app = APIGatewayRestResolver(strip_prefixes=["/v1"])
processor = BatchProcessor(event_type=EventType.SQS)

ORDERS = {"17": {"item": "lamp", "price": 49.9}}


class OutOfStock(Exception):
    pass


@app.get("/orders/<order_id>")
def get_order(order_id):
    verbose = app.current_event.get_query_string_value("verbose", "no")
    logger.append_keys(order_id=order_id)
    logger.info("looking up")
    if order_id not in ORDERS:
        raise NotFoundError(f"no order {order_id}")
    return {"order": ORDERS[order_id], "verbose": verbose, "stage": app.current_event.request_context.stage}


@app.post("/orders")
def make_order():
    body = app.current_event.json_body
    if "item" not in body:
        raise BadRequestError("an order needs an item")
    if body["item"] == "unicorn":
        raise OutOfStock(body["item"])
    return Response(201, "application/json", f'{{"made": "{body["item"]}"}}', headers={"Location": "/v1/orders/18"})


@app.exception_handler(OutOfStock)
def out_of_stock(error):
    logger.warning({"what": "out of stock", "item": str(error)})
    return Response(409, "text/plain", f"{error} is out of stock")


@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_REST, clear_state=True)
def handler(event, context):
    return app.resolve(event, context)


def consume(record):
    if record.json_body["quantity"] < 0:
        raise ValueError("a negative quantity")


def queue_handler(event, context):
    return process_partial_response(event, record_handler=consume, processor=processor, context=context)
