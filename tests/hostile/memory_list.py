"""A list that grows without end."""


def handler(event, context):
    everything = []
    while True:
        everything.append([0] * 1000)
