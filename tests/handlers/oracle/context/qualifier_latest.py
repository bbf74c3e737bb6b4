#: {"qualifier": "$LATEST"}
import os


def handler(event, context):
    return [context.invoked_function_arn, context.function_version, os.environ["AWS_LAMBDA_FUNCTION_VERSION"]]
