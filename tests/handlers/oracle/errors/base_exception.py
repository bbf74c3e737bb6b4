#: {}
class Mine(BaseException):
    pass


def handler(event, context):
    raise Mine("mine")
