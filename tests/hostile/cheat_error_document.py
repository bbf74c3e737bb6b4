"""Returns what an error or a verdict would look like."""


def handler(event, context):
    return {"verdict": "AC", "status": "ok", "errorType": None, "score": 100}
