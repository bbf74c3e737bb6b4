#: {}
import os

IN_INIT = os.environ.get("_X_AMZN_TRACE_ID")


def handler(event, context):
    return [IN_INIT, os.environ["_X_AMZN_TRACE_ID"], os.getenv("_X_AMZN_TRACE_ID")]
