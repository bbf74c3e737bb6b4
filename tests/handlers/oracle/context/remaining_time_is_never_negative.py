#: {}
import time


def handler(event, context):
    now = time.time
    time.time = lambda: now() + 1000
    try:
        return context.get_remaining_time_in_millis()
    finally:
        time.time = now
