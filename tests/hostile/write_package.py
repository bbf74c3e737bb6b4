"""Changes its own package for the calls to come."""


def handler(event, context):
    with open(__file__, "a") as file:
        file.write("changed")
