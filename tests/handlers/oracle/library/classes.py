#: {}
import dataclasses
import enum
import typing


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: int = 2


class Color(enum.Enum):
    RED = enum.auto()


def handler(event, context):
    return [repr(Point(1)), Point(1) < Point(2), repr(Color.RED), str(typing.Optional[int]), repr(typing.get_type_hints(Point))]
