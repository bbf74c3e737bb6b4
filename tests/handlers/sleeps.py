import select
import time


def handler(event, context):
    if event.get("select"):
        select.select([], [], [], 60)
    else:
        time.sleep(event.get("seconds", 60))
    return "awake"
