"""pydantic 2 cannot work: its core is a native module with no other form."""

from pydantic import BaseModel


class Order(BaseModel):
    id: int


def handler(event, context):
    return Order(**event).model_dump()
