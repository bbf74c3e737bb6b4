#: {}
import traceback


def handler(event, context):
    try:
        event["k"]
    except KeyError:
        traceback.print_exc()
