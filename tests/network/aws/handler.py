"""boto3, as it is bundled, against moto's server: clients and their pools are made in the init."""

import hashlib
import io
import os

import boto3
from botocore.config import Config

options = {"endpoint_url": os.environ["ENDPOINT"], "config": Config(retries={"max_attempts": 1})}
s3, sqs, sts = (boto3.client(name, **options) for name in ("s3", "sqs", "sts"))
dynamodb = boto3.resource("dynamodb", **options)
s3.create_bucket(Bucket="bucket")


def digest(data):
    return hashlib.sha256(data).hexdigest()


def handler(event, context):
    data = os.urandom(1 << 20) * 10
    s3.put_object(Bucket="bucket", Key="ten", Body=data)
    got = s3.get_object(Bucket="bucket", Key="ten")["Body"].read()
    out = {"s3": [len(got), digest(got) == digest(data)]}
    s3.upload_fileobj(io.BytesIO(data + data), "bucket", "twenty")  # in parts, by threads
    file = io.BytesIO()
    s3.download_fileobj("bucket", "twenty", file)
    out["parts"] = digest(file.getvalue()) == digest(data + data)
    out["list"] = sorted(each["Key"] for each in s3.list_objects_v2(Bucket="bucket")["Contents"])
    keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    table = dynamodb.create_table(TableName="table", BillingMode="PAY_PER_REQUEST", **keys)
    for i in range(5):
        table.put_item(Item={"id": str(i), "square": i * i})
    found = table.query(KeyConditionExpression=boto3.dynamodb.conditions.Key("id").eq("4"))
    out["dynamodb"] = int(found["Items"][0]["square"])
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    out["sqs"] = sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"]
    out["sts"] = sts.get_caller_identity()["Account"]
    return out
