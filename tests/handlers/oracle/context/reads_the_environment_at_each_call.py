#: {}
import os

os.environ["AWS_LAMBDA_FUNCTION_NAME"] = "renamed"
del os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]


def handler(event, context):
    return repr(context)
