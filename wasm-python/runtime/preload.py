"""Imports the standard modules that handlers use most, while the image of the interpreter is made.

The image is shared by all functions, so a function finds these loaded. Slow to import and often used: that is the
test for a line here. Modules that are missing or cannot be loaded are left out in silence: a function that imports one
gets the error then.
"""

import importlib
import sys

from . import native_modules, platform_fixes

COMMON = """
    abc argparse ast asyncio base64 binascii bisect calendar collections collections.abc concurrent.futures
    configparser contextlib contextvars copy csv dataclasses datetime decimal difflib email email.message
    email.mime.multipart email.mime.text email.parser email.utils enum errno fnmatch fractions functools gzip hashlib
    heapq hmac html http http.client http.cookies importlib.metadata inspect io ipaddress itertools json locale logging
    logging.handlers math mimetypes numbers operator os pathlib pickle platform pprint queue random re secrets select
    selectors shlex shutil signal socket ssl stat statistics string struct subprocess sysconfig tempfile textwrap
    threading time traceback types typing unicodedata urllib.error urllib.parse urllib.request uuid
    warnings weakref xml.etree.ElementTree zipfile zlib zoneinfo
""".split()

# Top-level modules that AWS's runtime has imported when it loads the handler's module (python3.13, client 4.2.2, read
# from sys.modules there). A package cannot hide these on AWS either.
IMPORTED_BY_AWS = frozenset("""
    __future__ __main__ _abc _codecs _collections _collections_abc _colorize _decimal _frozen_importlib
    _frozen_importlib_external _functools _heapq _imp _io _json _operator _queue _signal _sitebuiltins _sre _stat
    _string _struct _thread _warnings _weakref _weakrefset abc atexit awslambdaric builtins codecs collections
    concurrent contextlib copyreg decimal encodings enum errno functools genericpath heapq importlib io itertools json
    keyword linecache logging marshal math numbers operator os posix posixpath pwd queue re reprlib runpy
    runtime_client simplejson site stat string struct sys textwrap threading time traceback types warnings weakref
    zipimport
""".split())


def _import_common() -> None:
    for name in COMMON:
        try:
            importlib.import_module(name)
        except Exception:
            pass


if hasattr(sys, "_wasmlam"):  # tests import this package natively
    platform_fixes.install()
    native_modules.install()
_import_common()

# A later import of ours cannot add to this: bootstrap imports this module last.
NOT_IMPORTED_BY_AWS = frozenset(
    name for name in sys.modules if "." not in name and name != "wasmlam_runtime"
) - IMPORTED_BY_AWS - frozenset(sys.builtin_module_names)
