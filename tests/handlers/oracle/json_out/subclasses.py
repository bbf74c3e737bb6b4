#: {}
import collections


class Int(int):
    def __repr__(self):
        return "changed"

    __str__ = __repr__


class Float(float):
    def __repr__(self):
        return "changed"

    __str__ = __repr__


class Text(str):
    def __str__(self):
        return "changed"

    __repr__ = __str__


class List(list):
    def __iter__(self):
        return iter(["changed"])


class Tuple(tuple):
    pass


class Dict(dict):
    def items(self):
        return [("changed", 1)]


def handler(event, context):
    return [
        Int(1), Float(1.5), Text("t"), List([1]), Tuple((1,)), Dict(a=1), collections.OrderedDict(b=1),
        collections.defaultdict(int, c=2), collections.Counter("aab"), {Int(2): 1, Float(2.5): 2, Text("k"): 3},
    ]
