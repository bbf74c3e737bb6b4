#: {}
from decimal import Decimal


def handler(event, context):
    return [Decimal(text) for text in ("1.10", "0", "-0", "1E+3", "1E-10", "NaN", "-NaN", "sNaN", "123456789012345678901234567890.5", "0.00")]
