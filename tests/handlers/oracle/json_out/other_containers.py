#: {"events": ["deque", "set", "frozenset", "range", "keys", "values", "items", "map", "zip", "generator", "iterator", "array", "mappingproxy", "userdict", "userlist", "userstring", "chainmap"]}
import array
import collections
import types


def handler(event, context):
    return {
        "deque": collections.deque([1]), "set": {1}, "frozenset": frozenset(), "range": range(2), "keys": {}.keys(),
        "values": {}.values(), "items": {}.items(), "map": map(str, []), "zip": zip(), "generator": (x for x in ()),
        "iterator": iter([]), "array": array.array("i", [1]), "mappingproxy": types.MappingProxyType({}),
        "userdict": collections.UserDict(), "userlist": collections.UserList(), "userstring": collections.UserString("a"),
        "chainmap": collections.ChainMap(),
    }[event]
