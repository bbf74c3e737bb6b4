"""Events in, results out. The only module that knows JSON rules; AWS's are those of the package simplejson.

A result goes through the C encoder of the standard library. What that refuses (Decimal, bytes, any object), and what it
may take otherwise than simplejson would (subclasses, a namedtuple above all), goes through the encoder written out
below, which knows what simplejson makes of it.
"""

import builtins
import json
import json.decoder
import json.encoder
import marshal
import re
from decimal import Decimal

from .faults import Fault, text_of

__builtins__ = builtins.__dict__.copy()  # see __init__.py

_JSONDecodeError = json.decoder.JSONDecodeError
_quote = json.encoder.encode_basestring
_marshal = marshal.dumps


class _NotANumber(ValueError):
    """NaN or Infinity was met, which an event may not hold."""


def _refuse_constant(name):
    raise _NotANumber(name)


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_scan_once, _skip_space = _decoder.scan_once, json.decoder.WHITESPACE.match
# What a text holds up to an error: strings, the last of them perhaps cut off, brackets, constants.
_tokens = re.compile(r'"(?:[^"\\]|\\.)*\\?"?|[{}\[\]]|-?Infinity|NaN', re.DOTALL).finditer
_four_digits = re.compile("[0-9A-Fa-f]{4}").match


def loads(data: bytes):
    """The event. Raises Fault with the text AWS gives."""
    try:
        text = str(data, "utf-8")
        try:
            value, end = _scan_once(text, 0)
            if end == len(text):
                return value
        except (StopIteration, ValueError):
            pass  # space, a byte order mark or an error; _slow_loads tells
        return _slow_loads(text)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {text_of(error)}") from None


def _slow_loads(text: str):
    start = _skip_space(text, text.startswith("\ufeff")).end()
    try:
        value, end = _scan_once(text, start)
    except StopIteration as stop:
        raise _in_words_of_simplejson("Expecting value", text, stop.value) from None
    except _NotANumber:
        where = next(token.start() for token in _tokens(text) if token[0][0] in "-IN")
        raise _JSONDecodeError("Expecting value", text, where) from None
    except _JSONDecodeError as error:
        raise _in_words_of_simplejson(error.msg, text, error.pos) from None
    start, end = _skip_space(text, end).end(), len(text)
    if start != end:
        first, last = _JSONDecodeError("", text, start), _JSONDecodeError("", text, end)
        raise ValueError(
            f"Extra data: line {first.lineno} column {first.colno} - line {last.lineno} column {last.colno} "
            f"(char {start} - {end})"
        )
    return value


def _in_words_of_simplejson(message: str, text: str, position: int):
    """It says more than the standard library: what else could have stood there, which character is wrong."""
    character = text[position:position + 1]
    open_brackets, opening = [], 0
    for token in _tokens(text, 0, position):
        opening = token.start()
        if token[0] in "{[":
            open_brackets.append("}" if token[0] == "{" else "]")
        elif token[0] in "}]":
            open_brackets.pop()
    if message == "Expecting property name enclosed in double quotes" or message == "Expecting value" and not character:
        if text[:position].rstrip(" \t\n\r")[-1:] in ("{", "["):
            message += f" or '{open_brackets[-1]}'"
    elif message == "Expecting ',' delimiter":
        message += f" or '{open_brackets[-1]}'"
    elif message == "Invalid control character at":
        message = f"Invalid control character {character!r} at"
    elif message.startswith("Invalid \\escape"):
        position += 1
        message = f"Invalid \\X escape sequence {text[position]!r}"
    elif message.startswith("Invalid \\u"):
        position = text.rindex("\\", 0, position)
        message = "Invalid \\uXXXX escape sequence"
        if _four_digits(text, position + 2):  # right, but the text ends there
            message, position = "Unterminated string starting at", opening
    return _JSONDecodeError(message, text, position)


def dumps(value) -> str:
    """The result as JSON text, which may hold lone surrogates. Raises Fault with the text AWS gives."""
    try:
        try:
            text = "".join(_c_encode(value, 0))
        except (TypeError, ValueError):
            _renew_c_encoder()
            return _exact(value)
        return text if _is_plain(value) else _exact(value)
    except Exception as error:
        _renew_c_encoder()
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {text_of(error)}") from None


def _is_plain(value) -> bool:
    """Whether nothing in `value` is of a subclass. marshal takes exact types only, and is the fastest way to ask: a
    walk in Python takes longer than the encoding."""
    try:
        _marshal(value)
    except ValueError as error:
        return "deeply nested" in str(error)  # deeper than marshal goes: taken as plain
    return True


def _refuse(value):
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _renew_c_encoder(_make=json.encoder.c_make_encoder):
    """The encoder keeps track of open containers; after an error it must not be used again."""
    global _c_encode
    _c_encode = _make({}, _refuse, _quote, None, ": ", ", ", False, False, True)


_renew_c_encoder()


def _exact(value) -> str:
    pieces = []
    _write(value, pieces.append, set())
    return "".join(pieces)


def _write(value, out, open_containers) -> None:
    """Writes `value` as simplejson does with RIC's settings. The order of the tests is simplejson's."""
    if value is None:
        out("null")
    elif value is True:
        out("true")
    elif value is False:
        out("false")
    elif isinstance(value, str):
        out(_quote(str.__str__(value)))
    elif isinstance(value, bytes):
        out(_quote(str(value, "utf-8")))
    elif isinstance(value, int):
        out(int.__repr__(value))
    elif isinstance(value, float):
        out(_float(value))
    else:
        if id(value) in open_containers:
            raise ValueError("Circular reference detected")
        open_containers.add(id(value))
        _write_compound(value, out, open_containers)
        open_containers.discard(id(value))


def _write_compound(value, out, open_containers) -> None:
    as_dict = getattr(value, "_asdict", None)
    if callable(as_dict):
        members = as_dict()
        if not isinstance(members, dict):
            raise TypeError(f"_asdict() must return a dict, not {type(members).__name__}")
        _write_object(members, out, open_containers)
    elif isinstance(value, (list, tuple)):
        separator = "["
        for item in value:
            out(separator)
            _write(item, out, open_containers)
            separator = ", "
        out("]" if separator == ", " else "[]")
    elif isinstance(value, dict):
        _write_object(value, out, open_containers)
    elif isinstance(value, Decimal):
        out("NaN" if value.is_nan() else str(value))
    else:
        _refuse(value)


def _write_object(members, out, open_containers) -> None:
    separator = "{"
    for key, item in members.items():
        out(separator)
        out(_quote(_key(key)))
        out(": ")
        _write(item, out, open_containers)
        separator = ", "
    out("}" if separator == ", " else "{}")


def _key(key) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    if isinstance(key, bytes):
        return str(key, "utf-8")
    if isinstance(key, float):
        return _float(key)
    if key is True:
        return "true"
    if key is False:
        return "false"
    if key is None:
        return "null"
    if isinstance(key, int):
        return int.__repr__(key)
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def _float(value) -> str:
    if value != value:
        return "NaN"
    if value in (_INFINITY, -_INFINITY):
        return "Infinity" if value > 0 else "-Infinity"
    return float.__repr__(value)


_INFINITY = float("inf")
