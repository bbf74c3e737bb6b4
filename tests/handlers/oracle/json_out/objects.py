#: {"events": ["date", "datetime", "time", "timedelta", "uuid", "path", "dataclass", "object", "function", "class", "module", "exception", "ellipsis", "regex", "context", "bytearray", "memoryview", "not implemented"]}
import dataclasses
import datetime
import pathlib
import re
import uuid


@dataclasses.dataclass
class Data:
    a: int = 1


def handler(event, context):
    return {
        "date": datetime.date(2026, 1, 1), "datetime": datetime.datetime(2026, 1, 1), "time": datetime.time(),
        "timedelta": datetime.timedelta(), "uuid": uuid.UUID(int=0), "path": pathlib.PurePath("/a"), "dataclass": Data(),
        "object": object(), "function": handler, "class": Data, "module": re, "exception": ValueError("a"), "ellipsis": ...,
        "regex": re.compile("a"), "context": context, "bytearray": bytearray(b"a"), "memoryview": memoryview(b"a"),
        "not implemented": NotImplemented,
    }[event]
