#: {}
import time


def handler(event, context):
    return [time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(0)), time.timezone, time.tzname]
