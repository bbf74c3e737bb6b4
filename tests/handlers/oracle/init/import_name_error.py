#: {}
from os import a_name_that_is_not_there


def handler(event, context):
    return 1
