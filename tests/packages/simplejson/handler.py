"""What simplejson does beyond the standard module."""

import glob
from collections import OrderedDict, namedtuple
from decimal import Decimal

import simplejson

Point = namedtuple("Point", "x y")


class Money:
    def __init__(self, amount):
        self.amount = amount

    def _asdict(self):
        return {"amount": self.amount, "currency": "EUR"}

    def for_json(self):
        return f"{self.amount} EUR"


def failure(text, **options):
    try:
        simplejson.loads(text, **options)
    except simplejson.JSONDecodeError as error:
        return [error.msg, error.lineno, error.colno, error.pos]


def handler(event, context):
    price = simplejson.loads('{"price": 1.10, "big": 12345678901234567890.123}', use_decimal=True)
    return {
        "decimal": [str(price["price"]), str(price["big"]), type(price["price"]).__name__],
        "exact": simplejson.dumps({"price": Decimal("1.10"), "sum": price["price"] * 3}),
        "named_tuple": simplejson.dumps([Point(1, 2), (3, 4)]),
        "as_list": simplejson.dumps(Point(1, 2), namedtuple_as_object=False),
        "for_json": simplejson.dumps(Money(Decimal(5)), for_json=True),
        "no_nan": simplejson.dumps([float("nan"), float("inf"), 1e100], ignore_nan=True),
        "bigint": simplejson.dumps([2**53, 2**53 - 1], bigint_as_string=True),
        "sorted": simplejson.dumps(event, item_sort_key=simplejson.simple_first, indent="\t", ensure_ascii=False),
        "iterable": simplejson.dumps((n * n for n in range(4)), iterable_as_array=True),
        "for_html": simplejson.dumps("</script>&\u2028", cls=simplejson.JSONEncoderForHTML),
        "ordered": list(simplejson.loads('{"b": 1, "a": 2}', object_pairs_hook=OrderedDict)),
        "errors": [failure('{"a": 1,\n "b": }'), failure("[1, 2"), failure("NaN", allow_nan=False), failure("{} x")],
        "raw": simplejson.dumps({"raw": simplejson.RawJSON('{"kept":  "as it is"}')}),
        "native_modules": len(glob.glob("/var/task/simplejson/*.so")),
        "speedups": simplejson.encoder.c_make_encoder is not None,
    }
