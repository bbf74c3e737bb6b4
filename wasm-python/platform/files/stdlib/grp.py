"""Stands in for the C module `grp`: the one group that functions have on AWS, and root."""

import operator
from collections import namedtuple

struct_group = namedtuple("struct_group", "gr_name gr_passwd gr_gid gr_mem")

_GROUPS = [struct_group("root", "x", 0, []), struct_group("sbx_user1051", "x", 990, [])]


def getgrall():
    return list(_GROUPS)


def getgrgid(id):
    id = operator.index(id)
    for group in _GROUPS:
        if group.gr_gid == id:
            return group
    raise KeyError(f"getgrgid(): gid not found: {id}")


def getgrnam(name):
    if "\0" in name:
        raise ValueError("embedded null character")
    for group in _GROUPS:
        if group.gr_name == name:
            return group
    raise KeyError(f"getgrnam(): name not found: {name!r}")
