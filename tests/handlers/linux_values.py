"""Values that a program asks its machine for, as they are on AWS."""

import hashlib
import locale
import os
import shutil
import socket
import time


def handler(event, context):
    hashes = {}
    for name in ("sha512_256", "sha512_224", "ripemd160", "sm3", "md5-sha1", "blake2b512", "sha-256", "SHA3-256"):
        made = hashlib.new(name, b"x")
        hashes[name] = [made.name, made.hexdigest()[:8]]
    try:
        hashlib.new("whirlpool")
    except ValueError as error:
        hashes["whirlpool"] = str(error)
    locales = {}
    for name in ("C", "POSIX", "C.UTF-8", "de_DE.UTF-8", "en_US.UTF-8", "x" * 1000, ""):
        try:
            locales[name[:12]] = locale.setlocale(locale.LC_NUMERIC, name)
        except locale.Error as error:
            locales[name[:12]] = str(error)
    zones = {}
    for name in ("GMT0BST", "EST5EDT4", "AAA3BBB", "XYZ-3"):
        os.environ["TZ"] = name
        time.tzset()
        zones[name] = [time.tzname, time.timezone, time.altzone, time.localtime(1720000000).tm_hour]
    try:
        os.get_terminal_size()
    except OSError as error:
        terminal = [error.strerror, shutil.get_terminal_size().columns]
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as unbound:
        kinds = [unbound.family, unbound.type, unbound.gettimeout()]
    names = ("AF_INET", "AF_INET6", "AF_UNIX", "SOCK_STREAM", "SOCK_SEQPACKET", "SOL_SOCKET", "SO_REUSEPORT", "TCP_KEEPIDLE")
    return {
        "hashes": hashes,
        "available": sorted(hashlib.algorithms_available - hashlib.algorithms_guaranteed),
        "locales": locales,
        "locale": locale.setlocale(locale.LC_CTYPE),
        "zones": zones,
        "terminal": terminal,
        "sockets": [int(getattr(socket, name)) for name in names] + [socket.has_ipv6],
        "socket": kinds,
        "addresses": [socket.inet_ntop(socket.AF_INET, socket.inet_pton(socket.AF_INET, "10.0.0.1"))],
        "processors": [os.cpu_count(), sorted(os.sched_getaffinity(0)), len(os.getloadavg()), len(os.getrandom(5))],
    }
