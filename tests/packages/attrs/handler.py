"""Classes by attrs: converters, validators, slots, comparison, (un)structuring by hand."""

from datetime import date
from functools import cached_property
from typing import Optional

import attrs
from attrs import Factory, define, evolve, field, frozen, validators


@frozen(order=True)
class Version:
    major: int = field(converter=int)
    minor: int = field(converter=int, default=0)
    label: str = field(default="", eq=False, metadata={"shown": False})


@define(kw_only=True)
class Order:
    id: str = field(validator=validators.matches_re(r"[A-Z]{2}-\d+"))
    quantity: int = field(default=1, validator=[validators.instance_of(int), validators.gt(0)])
    due: Optional[date] = field(default=None, converter=attrs.converters.optional(date.fromisoformat))
    tags: list[str] = Factory(list)
    key: str = field(init=False)
    secret: str = field(default="s3cret", repr=False)

    @key.default
    def _key(self):
        return f"{self.id}/{self.quantity}"

    @quantity.validator
    def _in_stock(self, attribute, value):
        if value > 100:
            raise ValueError(f"{attribute.name}: only 100 in stock, not {value}")

    @cached_property
    def slow(self):
        return self.key * 2


def failure(function, *arguments, **named):
    try:
        function(*arguments, **named)
    except (TypeError, ValueError, AttributeError) as error:
        return [type(error).__name__, str(error.args[0])]


def handler(event, context):
    order = Order(**event)
    version = Version("3", "13")
    Made = attrs.make_class("Made", {"x": field(default=4)}, frozen=True)
    return {
        "repr": repr(order),
        "dict": attrs.asdict(order, filter=attrs.filters.exclude("secret"), value_serializer=lambda _o, _a, v: str(v)),
        "tuple": attrs.astuple(version),
        "evolved": repr(evolve(version, minor=14, label="next")),
        "sorted": [each.minor for each in sorted([Version(3, 9), Version(3, 10), Version(3, 2)])],
        "equal": [Version(1) == Version(1, label="other"), hash(Version(1)) == hash(Version(1, label="x")), len({Version(1), Version(1)})],
        "slots": [hasattr(order, "__dict__"), order.slow, order.slow is order.slow],
        "made": repr(Made()),
        "fields": [[each.name, each.metadata.get("shown", True)] for each in attrs.fields(Version)],
        "frozen": failure(setattr, version, "major", 4),
        "bad_id": failure(Order, id="x")[0],
        "bad_type": failure(Order, id="AB-1", quantity="2")[1],
        "bad_number": failure(Order, id="AB-1", quantity=0)[1],
        "bad_stock": failure(setattr, order, "quantity", 101),
        "no_such": failure(setattr, order, "colour", "red")[0],
    }
