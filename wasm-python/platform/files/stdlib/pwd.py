"""Stands in for the C module `pwd`: the one user that functions have on AWS, and root."""

import operator
from collections import namedtuple

struct_passwd = namedtuple("struct_passwd", "pw_name pw_passwd pw_uid pw_gid pw_gecos pw_dir pw_shell")

_USERS = [
    struct_passwd("root", "x", 0, 0, "root", "/root", "/bin/bash"),
    struct_passwd("sbx_user1051", "x", 993, 990, "", "/home/sbx_user1051", "/sbin/nologin"),
]


def getpwall():
    return list(_USERS)


def getpwuid(uid, /):
    uid = operator.index(uid)
    for user in _USERS:
        if user.pw_uid == uid:
            return user
    raise KeyError(f"getpwuid(): uid not found: {uid}")


def getpwnam(name, /):
    if "\0" in name:
        raise ValueError("embedded null character")
    for user in _USERS:
        if user.pw_name == name:
            return user
    raise KeyError(f"getpwnam(): name not found: {name!r}")
