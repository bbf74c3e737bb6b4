"""An init that leaves a file open, which no image can hold."""

LOG = open("/tmp/app.log", "w")
CALLS = []


def handler(event, context):
    CALLS.append(1)
    LOG.write("x")
    return len(CALLS)
