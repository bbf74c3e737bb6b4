"""`time.tzset` and what `TZ` says, which wasi-libc does not know: platform/time/local_time.c asks here, so that all of `time`
and `datetime` follow."""

import builtins
import io
import os
import re
import struct
import time
import zoneinfo
from datetime import UTC, datetime, timedelta

__builtins__ = builtins.__dict__.copy()  # see __init__.py

_HALF_A_YEAR = timedelta(days=182)
_FIRST, _LAST = datetime(2, 1, 1), datetime(9998, 12, 31)  # room for an offset in what datetime can hold
_EPOCH = datetime(1970, 1, 1)
# A zone with a summer time but without the days when it begins and ends: glibc takes those of the United States.
_OFFSET = r"[+-]?\d{1,3}(:\d{1,2}){0,2}"
_NAME = r"([A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)"
_WITHOUT_DAYS = re.compile(f"{_NAME}{_OFFSET}{_NAME}({_OFFSET})?,?")
_DEFAULT_DAYS = ",M3.2.0,M11.1.0"


def tzset() -> None:
    """Takes the place of time.tzset. A zone that nobody knows is UTC, as on AWS."""
    name = os.environ.get("TZ", "").removeprefix(":")
    try:
        zone = None if name in ("", "UTC") else _zone(name)
    except (ValueError, OSError):  # also what zoneinfo raises for a name it does not know
        zone = None
    _wasmlam_local_time.set_zone(None if zone is None else lambda seconds, local: look_up(zone, seconds, local))
    now = time.gmtime().tm_year
    winter, summer = (time.localtime(time.mktime((now, month, 1, 0, 0, 0, 0, 0, -1))) for month in (1, 7))
    if winter.tm_gmtoff > summer.tm_gmtoff:  # in the south
        winter, summer = summer, winter
    time.timezone, time.altzone = -winter.tm_gmtoff, -summer.tm_gmtoff
    time.daylight = int(winter.tm_gmtoff != summer.tm_gmtoff)
    time.tzname = (winter.tm_zone, summer.tm_zone)


def _zone(name: str) -> zoneinfo.ZoneInfo:
    """By a name of the time zone database, or by POSIX's rules: `CET-1CEST,M3.5.0,M10.5.0/3`."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        # The format of the database holds such rules, behind the changes of the past. Here it has none.
        header = [struct.pack(">4sc15x6l", b"TZif", b"2", 0, 0, 0, 0, types, 4 * types) for types in (0, 1)]
        utc = struct.pack(">lbb4s", 0, 0, 0, b"UTC")
        if _WITHOUT_DAYS.fullmatch(name):
            name = name.removesuffix(",") + _DEFAULT_DAYS
        return zoneinfo.ZoneInfo.from_file(io.BytesIO(b"".join([*header, utc, b"\n", name.encode(), b"\n"])))


def look_up(zone, seconds: int, local: bool) -> tuple[bool, int, int, str]:
    """What holds at so many seconds after the epoch, by the zone's own clocks if `local`: whether it is summer time,
    the seconds east of UTC, the same for the other half of the year, the name."""
    try:
        moment = min(max(_EPOCH + timedelta(seconds=seconds), _FIRST), _LAST)
    except OverflowError:
        moment = _FIRST if seconds < 0 else _LAST
    moment = moment.replace(tzinfo=zone) if local else moment.replace(tzinfo=UTC).astimezone(zone)
    offset = moment.utcoffset()
    others = [(moment + days).utcoffset() for days in (_HALF_A_YEAR, -_HALF_A_YEAR)]
    other = next((there for there in others if there != offset), offset)
    return bool(moment.dst()), int(offset.total_seconds()), int(other.total_seconds()), moment.tzname()


def install() -> None:
    global _wasmlam_local_time
    import _wasmlam_local_time

    time.tzset = tzset
