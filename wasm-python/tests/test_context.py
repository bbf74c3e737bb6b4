"""The context argument: lambda-semantics 3."""

import json
import time
import unittest

from support import FUNCTION, SHIMS, ready
from wasmlam_runtime import protocol

RETURN_CONTEXT = "seen = []\ndef handler(event, context):\n    seen.append(context)"


class Context(unittest.TestCase):
    def context(self, **named):
        import importlib

        with ready(RETURN_CONTEXT) as guest:
            answer = guest.invoke(**named)
            self.assertEqual(answer[0], protocol.RETURNED, answer)
            return importlib.import_module("app").seen[0]

    def raised(self, **named):
        with ready(RETURN_CONTEXT) as guest:
            kind, _, body = guest.invoke(**named)
            self.assertEqual(kind, protocol.RAISED)
            return json.loads(body)

    def test_attributes(self):
        context = self.context(arn="arn:aws:lambda:eu-central-1:1:function:fn")
        self.assertEqual({name: value for name, value in vars(context).items() if name != "identity"}, {
            "aws_request_id": "RID", "function_name": "fn", "function_version": "$LATEST", "memory_limit_in_mb": "128",
            "log_group_name": FUNCTION["AWS_LAMBDA_LOG_GROUP_NAME"],
            "log_stream_name": FUNCTION["AWS_LAMBDA_LOG_STREAM_NAME"],
            "invoked_function_arn": "arn:aws:lambda:eu-central-1:1:function:fn", "client_context": None,
            "tenant_id": None, "_epoch_deadline_time_in_ms": 4000000000000, "_w3c_fields": {},
        })
        self.assertIsNone(context.identity.cognito_identity_id)
        self.assertIsNone(context.identity.cognito_identity_pool_id)
        self.assertEqual(context.w3c(), {})

    def test_repr(self):
        self.assertEqual(repr(self.context()), (
            "LambdaContext([aws_request_id=RID,log_group_name=/aws/lambda/fn,"
            "log_stream_name=2026/11/23/[$LATEST]0123,function_name=fn,memory_limit_in_mb=128,"
            "function_version=$LATEST,invoked_function_arn=ARN,client_context=None,"
            "identity=CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None]),tenant_id=None])"
        ))

    def test_repr_with_everything(self):
        context = self.context(
            client_context='{"custom": {"a": 1}, "client": {"app_title": "t"}}', tenant_id="blue",
            cognito_identity='{"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}',
        )
        self.assertTrue(repr(context).endswith(
            "client_context=ClientContext([custom={'a': 1},env=None,client=Client([installation_id=None,app_title=t,"
            "app_version_name=None,app_version_code=None,app_package_name=None])]),"
            "identity=CognitoIdentity([cognito_identity_id=i,cognito_identity_pool_id=p]),tenant_id=blue])"
        ))

    def test_client_context(self):
        text = {"custom": {"a": 1}, "env": {"b": "c"}, "services": {}, "client": {"installation_id": "x", "other": 1}}
        context = self.context(client_context=json.dumps(text)).client_context
        self.assertEqual((context.custom, context.env), ({"a": 1}, {"b": "c"}))
        self.assertEqual((context.client.installation_id, context.client.app_title), ("x", None))
        self.assertFalse(hasattr(context, "services"))

    def test_w3c(self):
        fields = {"traceparent": "00-1-2-01", "tracestate": 5, "other": "x", "baggage": "k=v"}
        context = self.context(client_context=json.dumps({"custom": {}, "w3c": fields}))
        self.assertEqual(context.w3c(), {"traceparent": "00-1-2-01", "baggage": "k=v"})

    def test_bad_json(self):
        for field, name in (("client_context", "Client Context"), ("cognito_identity", "Cognito Identity")):
            self.assertEqual(self.raised(**{field: "nope"}), {
                "errorMessage": f"Unable to parse {name} JSON: Expecting value: line 1 column 1 (char 0)",
                "errorType": "Runtime.LambdaContextUnmarshalError", "requestId": "RID", "stackTrace": [],
            })

    def test_json_that_is_no_object(self):
        report = self.raised(client_context='"x"')
        self.assertEqual(report["errorMessage"], "'str' object has no attribute 'get'")
        self.assertEqual(report["errorType"], "AttributeError")
        self.assertIn("context.py", report["stackTrace"][0])

    def test_null(self):
        self.assertIsNone(self.context(client_context="null", cognito_identity="null").client_context)

    def test_remaining_time(self):
        now = int(time.time() * 1000)
        left = self.context(deadline_ms=str(now + 5000)).get_remaining_time_in_millis()
        self.assertIsInstance(left, int)
        self.assertTrue(4000 < left <= 5000, left)
        self.assertEqual(self.context(deadline_ms=str(now - 5000)).get_remaining_time_in_millis(), 0)

    def test_log_adds_no_newline(self):
        with ready("def handler(e, c):\n    c.log('a'); c.log(1)") as guest:
            guest.invoke()
            self.assertEqual(guest.log, "a1")

    def test_the_class_has_its_aws_name_too(self):
        source = "from awslambdaric.lambda_context import LambdaContext\ndef handler(e, c): return type(c) is LambdaContext"
        with ready(source, variables={"PYTHONPATH": str(SHIMS)}) as guest:
            self.assertEqual(guest.invoke()[2], b"true")

    def test_attributes_can_be_added(self):
        context = self.context()
        context.mine = 1
        self.assertEqual(context.mine, 1)


if __name__ == "__main__":
    unittest.main()
