"""The AWS SDK as far as it goes without a network: clients, a presigned URL, stubbed calls, DynamoDB's types."""

import datetime
import io
from decimal import Decimal
from unittest import mock

import boto3
from boto3.dynamodb.conditions import Attr, ConditionExpressionBuilder, Key
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

ONE_TRY = Config(retries={"total_max_attempts": 1}, connect_timeout=2, signature_version="s3v4")

s3 = boto3.client("s3", config=ONE_TRY)
dynamodb = boto3.client("dynamodb")


def failure(function, **arguments):
    try:
        function(**arguments)
    except (BotoCoreError, ClientError) as error:
        return [type(error).__name__, str(error)]


def presign(event, context):
    url = s3.generate_presigned_url("get_object", Params={"Bucket": event["bucket"], "Key": event["key"]}, ExpiresIn=900)
    post = s3.generate_presigned_post(event["bucket"], "uploads/${filename}", Conditions=[["content-length-range", 1, 9]])
    return {"url": url, "post": {"url": post["url"], "fields": sorted(post["fields"])}}


def presign_known():
    """The example in S3's documentation of query string authentication: its keys, its moment."""
    client = boto3.client(
        "s3", "us-east-1", config=ONE_TRY,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE", aws_secret_access_key="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    )
    with mock.patch("botocore.auth.get_current_datetime", return_value=datetime.datetime(2013, 5, 24)):
        return client.generate_presigned_url("get_object", {"Bucket": "examplebucket", "Key": "test.txt"}, 86400)


def handler(event, context):
    with Stubber(s3) as stub:
        body = b"name,price\nlamp,49.90\n"
        stub.add_response("get_object", {"Body": StreamingBody(io.BytesIO(body), len(body)), "ETag": '"e1"'}, {"Bucket": "b", "Key": "k"})
        stub.add_client_error("head_object", "404", "Not Found", http_status_code=404)
        lines = [line.decode() for line in s3.get_object(Bucket="b", Key="k")["Body"].iter_lines()]
        missing = failure(s3.head_object, Bucket="b", Key="k")
        stub.assert_no_pending_responses()
    with Stubber(dynamodb) as stub:
        for token, ids in (("n", ["1", "2"]), (None, ["3"])):
            page = {"Items": [{"id": {"N": number}} for number in ids]}
            stub.add_response("query", {**page, "LastEvaluatedKey": {"id": {"N": "2"}}} if token else page)
        pages = dynamodb.get_paginator("query").paginate(TableName="orders", KeyConditionExpression="id > :x")
        ids = [item["id"]["N"] for page in pages for item in page["Items"]]

    item = {"id": 7, "price": Decimal("49.90"), "tags": {"b", "a"}, "when": None, "list": [True, b"\x00\x01"]}
    wire = {name: TypeSerializer().serialize(value) for name, value in item.items()}
    wire["tags"]["SS"].sort()
    back = {name: TypeDeserializer().deserialize(value) for name, value in wire.items()}
    condition = ConditionExpressionBuilder().build_expression(Key("id").eq(7) & Attr("price").between(1, 5), False)
    table = boto3.resource("dynamodb").Table("orders")
    session = boto3.Session(region_name="us-gov-west-1")
    wire["list"]["L"][1]["B"] = wire["list"]["L"][1]["B"].hex()
    return {
        "regions": [s3.meta.region_name, s3.meta.endpoint_url, session.client("sqs").meta.endpoint_url],
        "table": [table.name, table.meta.client.meta.service_model.api_version],
        "known": ["lambda" in session.get_available_services(), "eu-central-1" in session.get_available_regions("s3")],
        "lines": lines,
        "missing": missing,
        "pages": ids,
        "wire": wire,
        "back": {name: str(value) for name, value in back.items() if name in ("id", "price", "when")},
        "condition": condition.condition_expression,
        "names": condition.attribute_name_placeholders,
        "presigned": presign_known(),
        "bad_call": failure(s3.get_object, Bucket="b")[0],
        "no_network": failure(s3.list_buckets),
    }
