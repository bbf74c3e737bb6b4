#: {"log_format": "JSON", "application_log_level": "DEBUG"}
import os


def handler(event, context):
    return [os.environ["AWS_LAMBDA_LOG_FORMAT"], os.environ["AWS_LAMBDA_LOG_LEVEL"]]
