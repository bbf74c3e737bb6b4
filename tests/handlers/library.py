"""One use of each thing that is linked in or shimmed."""

import base64
import bz2
import gzip
import hashlib
import lzma
import sqlite3
import unicodedata
import zlib
from datetime import datetime
from decimal import Decimal
from xml.etree import ElementTree
from zoneinfo import ZoneInfo, available_timezones


def handler(event, context):
    data = b"wasmlam " * 100
    connection = sqlite3.connect("/tmp/test.db")
    connection.execute("create table numbers (n integer)")
    connection.executemany("insert into numbers values (?)", [(n,) for n in range(1000)])
    connection.commit()
    connection.close()
    connection = sqlite3.connect("/tmp/test.db")
    return {
        "zlib": zlib.decompress(zlib.compress(data)) == data,
        "gzip": gzip.decompress(gzip.compress(data)) == data,
        "bz2": bz2.decompress(bz2.compress(data)) == data,
        "lzma": lzma.decompress(lzma.compress(data)) == data,
        "sqlite3": connection.execute("select sum(n), json_extract('{\"a\": 7}', '$.a') from numbers").fetchone(),
        "xml": ElementTree.fromstring("<a><b>text</b></a>").find("b").text,
        "decimal": str(Decimal(1) / Decimal(7)),
        "unicodedata": unicodedata.name("é"),
        "zones": [
            str(datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()),
            str(datetime(2026, 1, 1, tzinfo=ZoneInfo("US/Pacific")).utcoffset()),
            len(available_timezones()) > 400,
        ],
        "hashes": {name: hashlib.new(name, b"x").hexdigest()[:16] for name in sorted(hashlib.algorithms_guaranteed) if "shake" not in name},
        "shake": hashlib.shake_128(b"x").hexdigest(8),
        "pbkdf2": hashlib.pbkdf2_hmac("sha256", b"password", b"salt", 1000).hex()[:16],
        "base85": base64.b85encode(b"wasm").decode(),
    }
