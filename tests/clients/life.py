"""The life of a function through boto3, and what Terraform calls for its resources.

Needs: AWS_ENDPOINT_URL_LAMBDA and credentials in the environment; argument: the zip of hello_python.py.
"""

import base64
import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

import boto3
import botocore.config
import botocore.exceptions

ZIP = open(sys.argv[1], "rb").read()
ROLE = "arn:aws:iam::123456789012:role/lambda_basic_execution"
client = boto3.client("lambda", region_name="us-west-2", config=botocore.config.Config(retries={"max_attempts": 0}))


def refused(call, code, status):
    try:
        call()
    except botocore.exceptions.ClientError as error:
        got = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert got == (code, status), error.response
        return error.response["Error"]["Message"]
    raise AssertionError(f"expected {code}")


def life():
    client.create_function(FunctionName="Life", Role=ROLE, Runtime="python3.6", Handler="hello_python.my_handler", Timeout=15,
                           MemorySize=512, Code={"ZipFile": ZIP})
    client.get_waiter("function_active_v2").wait(FunctionName="Life", WaiterConfig={"Delay": 1})
    event = json.dumps({"first_name": "Ada", "last_name": "Lovelace"})
    answer = client.invoke(FunctionName="Life", Payload=event, LogType="Tail")
    assert answer["StatusCode"] == 200 and answer["ExecutedVersion"] == "$LATEST", answer
    assert answer["Payload"].read() == b'{"message": "Hello Ada Lovelace!"}'
    log = base64.b64decode(answer["LogResult"]).decode()
    assert f"START RequestId: {answer['ResponseMetadata']['RequestId']} Version: $LATEST" in log, log
    failed = client.invoke(FunctionName="Life", Payload=b"{}")
    assert failed["FunctionError"] == "Unhandled" and json.load(failed["Payload"])["errorType"] == "KeyError", failed
    assert client.invoke(FunctionName="Life", InvocationType="Event", Payload=event)["StatusCode"] == 202
    assert client.invoke_async(FunctionName="Life", InvokeArgs=event)["Status"] == 202

    # A stream of events, each of which botocore checks.
    stream = client.invoke_with_response_stream(FunctionName="Life", Payload=event)
    events = list(stream["EventStream"])
    chunks = b"".join(event["PayloadChunk"]["Payload"] for event in events if "PayloadChunk" in event)
    assert chunks == b'{"message": "Hello Ada Lovelace!"}' and "InvokeComplete" in events[-1], events

    message = refused(lambda: client.invoke(FunctionName="gone"), "ResourceNotFoundException", 404)
    assert message == "Function not found: arn:aws:lambda:us-west-2:123456789012:function:gone:$LATEST", message
    message = refused(lambda: client.invoke(FunctionName="Life", Payload=b"{"), "InvalidRequestContentException", 400)
    assert message.startswith("Could not parse request body into json: "), message
    message = refused(lambda: client.update_function_configuration(FunctionName="Life", MemorySize=100_000, Timeout=10_000),
                      "ValidationException", 400)
    assert message.startswith("2 validation errors detected: "), message
    pages = client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    assert [f["FunctionName"] for page in pages for f in page["Functions"]] == ["Life"]
    client.delete_function(FunctionName="Life")
    refused(lambda: client.get_function(FunctionName="Life"), "ResourceNotFoundException", 404)


def terraform():
    """What Terraform's resources do for a plan, an apply, a second plan that must find nothing to do, and a destroy."""
    settings = dict(Description="d", Environment={"Variables": {"STAGE": "b"}}, Tags={"team": "x"}, Architectures=["x86_64"])
    client.create_function(FunctionName="tf", Role=ROLE, Runtime="python3.13", Handler="hello_python.my_handler", Code={"ZipFile": ZIP},
                           Publish=True, **settings)
    client.get_waiter("function_active_v2").wait(FunctionName="tf", WaiterConfig={"Delay": 1})
    read = client.get_function(FunctionName="tf")
    configuration = read["Configuration"]
    assert (configuration["Description"], configuration["Environment"]) == ("d", {"Variables": {"STAGE": "b"}})
    assert read["Tags"] == {"team": "x"} and configuration["Architectures"] == ["x86_64"], read
    versions = client.list_versions_by_function(FunctionName="tf")["Versions"]
    assert [version["Version"] for version in versions] == ["$LATEST", "1"], versions
    assert "CodeSigningConfigArn" not in client.get_function_code_signing_config(FunctionName="tf")

    client.update_function_configuration(FunctionName="tf", Timeout=9)
    client.get_waiter("function_updated_v2").wait(FunctionName="tf", WaiterConfig={"Delay": 1})
    client.update_function_code(FunctionName="tf", ZipFile=ZIP)
    client.get_waiter("function_updated_v2").wait(FunctionName="tf", WaiterConfig={"Delay": 1})
    assert client.publish_version(FunctionName="tf")["Version"] == "2"

    client.add_permission(FunctionName="tf", StatementId="s3", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
                          SourceArn="arn:aws:s3:::bucket")
    statement = json.loads(client.get_policy(FunctionName="tf")["Policy"])["Statement"][0]
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": "arn:aws:s3:::bucket"}}, statement
    client.create_alias(FunctionName="tf", Name="live", FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    assert client.get_alias(FunctionName="tf", Name="live")["RoutingConfig"] == {"AdditionalVersionWeights": {"1": 0.5}}
    layer = client.publish_layer_version(LayerName="l", Content={"ZipFile": ZIP}, CompatibleRuntimes=["python3.13"])
    assert client.get_layer_version(LayerName="l", VersionNumber=layer["Version"])["CompatibleRuntimes"] == ["python3.13"]

    cors = {"AllowOrigins": ["https://example.com"], "AllowMethods": ["GET"], "MaxAge": 60}
    url = client.create_function_url_config(FunctionName="tf", AuthType="NONE", Cors=cors)["FunctionUrl"]
    assert client.get_function_url_config(FunctionName="tf")["Cors"] == cors
    client.add_permission(FunctionName="tf", StatementId="url", Action="lambda:InvokeFunctionUrl", Principal="*", FunctionUrlAuthType="NONE")
    # By its host name, which not every system resolves to this machine.
    endpoint, host = os.environ["AWS_ENDPOINT_URL_LAMBDA"], urllib.parse.urlsplit(url).netloc
    try:
        urllib.request.urlopen(urllib.request.Request(endpoint, headers={"Origin": "https://example.com", "Host": host}))
        raise AssertionError("the handler has no first_name in this event")
    except urllib.error.HTTPError as error:
        assert (error.code, error.read()) == (502, b"Internal Server Error"), error
        assert error.headers["Access-Control-Allow-Origin"] == "https://example.com"

    client.delete_function_url_config(FunctionName="tf")
    client.remove_permission(FunctionName="tf", StatementId="s3")
    client.delete_alias(FunctionName="tf", Name="live")
    client.delete_layer_version(LayerName="l", VersionNumber=layer["Version"])
    client.delete_function(FunctionName="tf")


life()
terraform()
print("boto3 is content")
