"""Raises an exception that calls itself a success."""


class ok(BaseException):
    status = "ok"


def handler(event, context):
    raise ok("AC")
