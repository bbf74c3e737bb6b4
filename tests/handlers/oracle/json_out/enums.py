#: {}
import enum


class Number(enum.IntEnum):
    ONE = 1


class Text(enum.StrEnum):
    A = "a"


class Flag(enum.IntFlag):
    X = 1
    Y = 2


def handler(event, context):
    return [Number.ONE, Text.A, Flag.X | Flag.Y, {Number.ONE: Text.A, Text.A: Number.ONE}]
