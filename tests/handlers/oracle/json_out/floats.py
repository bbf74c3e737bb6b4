#: {}
import math


def handler(event, context):
    return [1e22, 1e-7, 1.0, 0.1, 1e16, 123456789.123456789, -0.0, 5e-324, 1.7976931348623157e308, math.pi]
