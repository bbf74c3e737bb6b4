#: {}
from decimal import Decimal


class Money(Decimal):
    def __str__(self):
        return "12.5"


def handler(event, context):
    return [Money("1")]
