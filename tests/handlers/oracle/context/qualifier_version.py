#: {"qualifier": "7"}
import os


def handler(event, context):
    return [
        context.invoked_function_arn, context.function_version, context.log_stream_name,
        os.environ["AWS_LAMBDA_FUNCTION_VERSION"], os.environ["AWS_LAMBDA_LOG_STREAM_NAME"],
    ]
