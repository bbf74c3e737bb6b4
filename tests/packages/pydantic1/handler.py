"""Models of pydantic 1: nesting, validators, errors, settings, JSON both ways, JSON Schema."""

import glob
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import List, Optional, Union
from uuid import UUID

import pydantic
from pydantic import BaseModel, BaseSettings, Field, HttpUrl, ValidationError, condecimal, conint, root_validator, validator
from pydantic.dataclasses import dataclass
from pydantic.tools import parse_obj_as


class State(str, Enum):
    open = "open"
    paid = "paid"


class Item(BaseModel):
    name: str = Field(..., min_length=2, description="what is sold")
    quantity: conint(gt=0) = 1
    price: condecimal(max_digits=8, decimal_places=2)

    class Config:
        extra = "forbid"


class Order(BaseModel):
    id: UUID
    state: State = State.open
    made: datetime = Field(alias="madeAt")
    items: List[Item]
    shop: Optional[HttpUrl]
    discount: Union[int, str] = 0
    wait: timedelta = timedelta(hours=1)

    @validator("items")
    def not_empty(cls, items):
        if not items:
            raise ValueError("an order needs an item")
        return items

    @root_validator(skip_on_failure=True)
    def paid_has_discount(cls, values):
        if values["state"] is State.paid and not values["discount"]:
            values["discount"] = "none"
        return values

    @property
    def total(self):
        return sum(item.quantity * item.price for item in self.items)


class Settings(BaseSettings):
    table: str
    retries: int = 3

    class Config:
        env_prefix = "ORDERS_"


@dataclass
class Point:
    x: int
    y: float = 0.5


def handler(event, context):
    order = Order.parse_obj(event)
    try:
        Order.parse_obj({"id": "no", "madeAt": "yesterday", "items": [{"name": "x", "quantity": 0, "price": "1.234", "z": 1}]})
    except ValidationError as error:
        errors, count = error.errors(), str(error).splitlines()[0]
    return {
        "order": order.json(by_alias=True, sort_keys=True),
        "total": str(order.total),
        "kept": [type(order.made).__name__, type(order.id).__name__, isinstance(order.items[0].price, Decimal)],
        "partly": order.copy(update={"discount": 5}).dict(include={"discount", "state"}),
        "errors": errors,
        "count": count,
        "settings": Settings().dict(),
        "points": [vars(point)["x"] for point in parse_obj_as(List[Point], [{"x": "4"}, {"x": 5, "y": 1}])],
        "schema": Item.schema(),
        "native_modules": len(glob.glob("/var/task/pydantic/*.so")) > 20,
        "compiled": pydantic.compiled,
    }
