#: {}
from decimal import Decimal, getcontext


def handler(event, context):
    return [str(Decimal(1) / 7), getcontext().prec, str(Decimal("0.1") + Decimal("0.2")), str(Decimal(2).sqrt())]
