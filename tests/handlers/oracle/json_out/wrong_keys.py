#: {"events": ["tuple", "date", "object", "frozenset", "enum", "decimal", "ellipsis", "class", "complex"]}
import datetime
import decimal
import enum


class Color(enum.Enum):
    RED = 1


class Mine:
    pass


def handler(event, context):
    key = {
        "tuple": (1,), "date": datetime.date(2026, 1, 1), "object": Mine(), "frozenset": frozenset(), "enum": Color.RED,
        "decimal": decimal.Decimal(1), "ellipsis": ..., "class": int, "complex": 1j,
    }[event]
    return {"a": 1, key: 2}
