"""Changes its input, so that a checker compares with something else."""


def handler(event, context):
    event.clear()
    event["answer"] = None
    return event
