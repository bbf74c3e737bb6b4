import json
import logging
import time


def handler(event, context):
    return [json.__file__, logging.__file__, hasattr(time, "sleep")]
