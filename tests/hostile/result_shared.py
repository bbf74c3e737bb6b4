"""Returns a list that holds itself two to the power of forty times."""


def handler(event, context):
    shared = "laugh"
    for _ in range(40):
        shared = [shared, shared]
    return shared
