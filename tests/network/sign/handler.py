"""boto3 with the placeholder key, whose requests are signed again outside, and functions that try to have more signed than that."""

import hashlib
import io
import os
import socket

ENDPOINT = os.environ["AWS_ENDPOINT_URL"]


def connect():
    """Makes the clients: in the call and not in the init, whose ten seconds may be short on a busy machine."""
    global boto3, ClientError, options, s3, sqs, sts, dynamodb
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    options = {"config": Config(retries={"max_attempts": 1})}
    s3, sqs, sts = (boto3.client(name, **options) for name in ("s3", "sqs", "sts"))
    dynamodb = boto3.resource("dynamodb", **options)


def failure(function, *arguments, **options):
    try:
        return repr(function(*arguments, **options))
    except ClientError as error:
        return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def works(event):
    s3.create_bucket(Bucket="bucket")
    data = os.urandom(1 << 20) * 3
    s3.put_object(Bucket="bucket", Key="a b/ü+~.txt", Body=data, Metadata={"my_key": "value"})
    out = {"s3": s3.get_object(Bucket="bucket", Key="a b/ü+~.txt")["Body"].read() == data}
    s3.upload_fileobj(io.BytesIO(data * 4), "bucket", "parts")
    file = io.BytesIO()
    s3.download_fileobj("bucket", "parts", file)
    out["parts"] = hashlib.sha256(file.getvalue()).digest() == hashlib.sha256(data * 4).digest()
    out["list"] = [each["Key"] for each in s3.list_objects_v2(Bucket="bucket", Prefix="a b/")["Contents"]]
    keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}]}
    table = dynamodb.create_table(TableName="table", BillingMode="PAY_PER_REQUEST", **keys)
    table.put_item(Item={"id": "1", "text": "x" * 100_000})
    out["dynamodb"] = len(table.get_item(Key={"id": "1"})["Item"]["text"])
    queue = sqs.create_queue(QueueName="queue")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="hello")
    out["sqs"] = sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"]
    out["sts"] = sts.get_caller_identity()["Account"]
    out["environment"] = sorted(value for name, value in os.environ.items() if "real" in value.lower())
    return out


def restricted(event):
    """What --allow-aws s3:PutObject,s3:CreateBucket,dynamodb:ListTables,sts:* leaves."""
    s3.create_bucket(Bucket="bucket")
    out = {"put": failure(s3.put_object, Bucket="bucket", Key="k", Body=b"x" * 2_000_000)[:20]}
    out["get"] = failure(s3.get_object, Bucket="bucket", Key="k")
    out["put again"] = failure(s3.put_object, Bucket="bucket", Key="k", Body=b"x")[:20]
    out["with an ACL"] = failure(s3.put_object, Bucket="bucket", Key="k", Body=b"x", ACL="public-read")
    out["copy"] = failure(s3.copy_object, Bucket="bucket", Key="l", CopySource="bucket/k")
    out["large and refused"] = failure(s3.upload_fileobj, io.BytesIO(b"x" * 20_000_000), "bucket", "parts")[-120:]
    client = dynamodb.meta.client
    out["list tables"] = client.list_tables()["TableNames"]
    out["delete table"] = failure(client.delete_table, TableName="t")
    out["queue"] = failure(sqs.create_queue, QueueName="q")
    out["who"] = sts.get_caller_identity()["Account"]
    out["presigned"] = send(s3.generate_presigned_url("get_object", Params={"Bucket": "bucket", "Key": "k"}).removeprefix(ENDPOINT))
    return out


HOST, PORT = ENDPOINT.removeprefix("http://").removeprefix("https://").rsplit(":", 1)


def send(target, method="GET", headers=(), body=b"", raw=None, to=None):
    """A request as it stands; the status and the body of the answer, or how it failed."""
    try:
        with socket.create_connection(to or (HOST, int(PORT)), timeout=20) as s:
            lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
            if not any(name.lower() == "host" for name, _ in headers):
                lines.append(f"Host: {HOST}:{PORT}")
            s.sendall(raw if raw is not None else "\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            s.shutdown(socket.SHUT_WR)
            answer = b""
            while data := s.recv(1 << 16):
                answer += data
        return answer.decode("latin-1")
    except OSError as error:
        return f"{type(error).__name__}: {error}"


def authorization(service, key="AKIAWASMLAMSANDBOX00"):
    scope = f"{key}/20260101/us-east-1/{service}/aws4_request"
    return ("Authorization", f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}")


def attacks(event):
    """Under --allow-aws s3:GetObject,dynamodb:ListTables: none of these may be signed."""
    s3_key, db_key, sts_key = authorization("s3"), authorization("dynamodb"), authorization("sts")
    empty = ("X-Amz-Content-SHA256", hashlib.sha256(b"").hexdigest())
    json_type = ("Content-Type", "application/x-amz-json-1.0")
    form = ("Content-Type", "application/x-www-form-urlencoded")
    length = lambda body: ("Content-Length", len(body))  # noqa: E731
    other = event["other"]
    cases = {
        "another host": send("/bucket/k", headers=[s3_key, empty, ("Host", "evil.test")]),
        "AWS without TLS": send("/bucket/k", headers=[s3_key, empty, ("Host", "s3.amazonaws.com")]),
        "another server under the endpoint's name": send("/bucket/k", headers=[s3_key, empty, ("Host", f"{HOST}:{other}")], to=(HOST, other)),
        "the endpoint's name at another server": send("/bucket/k", headers=[s3_key, empty], to=("localhost", other)),
        "two hosts": send("/bucket/k", headers=[s3_key, empty, ("Host", f"{HOST}:{PORT}"), ("Host", "evil.test")]),
        "two authorizations": send("/bucket/k", headers=[s3_key, db_key, empty]),
        "another algorithm": send("/bucket/k", headers=[("Authorization", s3_key[1].replace("HMAC-SHA256", "ECDSA-P256-SHA256")), empty]),
        "two targets": send("/", "POST", [db_key, json_type, ("X-Amz-Target", "D.ListTables"), ("X-Amz-Target", "D.DeleteTable"), length(b"{}")], b"{}"),
        "a target that lies": send("/", "POST", [db_key, json_type, ("X-Amz-Target", "D.DeleteTable"), length(b"{}")], b"{}"),
        "a target and a form": send("/", "POST", [db_key, form, ("X-Amz-Target", "D.ListTables"), length(b"Action=X")], b"Action=X"),
        "a form that says JSON": send("/", "POST", [db_key, json_type, ("X-Amz-Target", "D.ListTables"), length(b"Action=X")], b"Action=X"),
        "a target and a query": send("/?Action=X", "POST", [db_key, json_type, ("X-Amz-Target", "D.ListTables"), length(b"{}")], b"{}"),
        "an action twice": send("/?Action=ListTables", "POST", [db_key, form, length(b"Action=DeleteTable")], b"Action=DeleteTable"),
        "another service": send("/", "POST", [sts_key, form, length(b"Action=GetCallerIdentity")], b"Action=GetCallerIdentity"),
        "another method": send("/bucket/k", "PUT", [s3_key, empty, ("Content-Length", "0")]),
        "an override": send("/bucket/k", headers=[s3_key, empty, ("X-HTTP-Method-Override", "DELETE")]),
        "a subresource": send("/bucket/k?acl", headers=[s3_key, empty]),
        "a subresource in disguise": send("/bucket/k?%61cl", headers=[s3_key, empty]),
        "an unknown query": send("/bucket/k?unknown=1", headers=[s3_key, empty]),
        "a copy": send("/bucket/k", headers=[s3_key, empty, ("X-Amz-Copy-Source", "bucket/l")]),
        "the bucket": send("/bucket/", headers=[s3_key, empty]),
        "dots": send("/bucket/../other/k", headers=[s3_key, empty]),
        "dots in disguise": send("/bucket/%2e%2e/other/k", headers=[s3_key, empty]),
        "an encoded slash": send("/bucket%2Fk/l", headers=[s3_key, empty]),
        "no bucket": send("//k", headers=[s3_key, empty]),
        "an absolute target": send(f"http://{HOST}:{PORT}/bucket/k", headers=[s3_key, empty]),
        "signed chunks": send("/bucket/k", headers=[s3_key, ("X-Amz-Content-SHA256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")]),
        "a header of this hop": send("/bucket/k", headers=[s3_key, empty, ("Connection", "X-Amz-Date")]),
        "a control character": send("/bucket/k", headers=[s3_key, empty, ("X-Amz-Meta-A", "b\x01c")]),
    }
    # A second request behind a good one: read as one of its own, or not at all.
    good = f"GET /bucket/k HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n{s3_key[0]}: {s3_key[1]}\r\n{empty[0]}: {empty[1]}\r\n"
    second = f"DELETE /bucket/k HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n{s3_key[0]}: {s3_key[1]}\r\n{empty[0]}: {empty[1]}\r\n\r\n"
    for name, framing in {
        "behind it": "\r\n",
        "in chunks and with a length": f"Content-Length: {len(second)}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "with two lengths": f"Content-Length: 0\r\nContent-Length: {len(second)}\r\n\r\n",
        "with a length that is not one": f"Content-Length: {len(second)}, 0\r\n\r\n",
        "with a coding in disguise": "Transfer-Encoding: xchunked\r\n\r\n",
        "behind a bare line feed": "X: y\n\r\n",
        "behind a folded line": "X: y\r\n z\r\n\r\n",
    }.items():
        cases[f"a second request {name}"] = send("", raw=(good + framing + second).encode())
    return cases


def open_request(event):
    """Without a signature nothing is signed."""
    return send("/open/x", headers=[("Connection", "close")]).partition("\r\n")[0]


def over_tls(event):
    """boto3 and asyncio, whose TLS goes through memory, with a CA that the function trusts and this machine may not."""
    import asyncio
    import ssl

    authority = f"{HOST}:{PORT}"
    here = os.path.dirname(__file__)
    client = boto3.client("s3", verify=f"{here}/ca.pem", **options)
    out = [failure(client.create_bucket, Bucket="tls")]
    data = b"x" * 300_000
    out.append(failure(client.put_object, Bucket="tls", Key="k", Body=data))
    out.append(failure(lambda: client.get_object(Bucket="tls", Key="k")["Body"].read() == data))

    async def main():
        context = ssl.create_default_context(cafile=f"{here}/ca.pem")
        context.set_alpn_protocols(["h2", "http/1.1"])
        reader, writer = await asyncio.open_connection("localhost", int(PORT), ssl=context)
        name, value = authorization("s3")
        head = f"GET /tls/k HTTP/1.1\r\nHost: {authority}\r\n{name}: {value}\r\nConnection: close\r\n"
        writer.write(head.encode() + b"X-Amz-Content-SHA256: " + hashlib.sha256(b"").hexdigest().encode() + b"\r\n\r\n")
        await writer.drain()
        answer = await reader.read(-1)
        return answer.partition(b"\r\n")[0].decode()

    out.append(failure(lambda: asyncio.run(main())))
    return out


def handler(event, context):
    connect()
    return globals()[event["do"]](event)
