"""The log of a function: where lines go, and the root logger that user code finds.

Lines are written to descriptor 1 directly, as the real runtime writes to a descriptor of its own: a handler that
replaces or closes sys.stdout keeps its log records.
"""

import builtins
import json
import logging
import os
import sys
import time
import traceback

__builtins__ = builtins.__dict__.copy()  # see __init__.py

STDOUT = 1
STDERR = 2
# The module that has these classes on AWS.
AWS_MODULE = "awslambdaric.bootstrap"
TEXT_TIME = "%Y-%m-%dT%H:%M:%S"
JSON_TIME = "%Y-%m-%dT%H:%M:%SZ"

# Of the call that runs; empty text and None before the first one. Set by bootstrap.invoke.
request_id = ""
tenant_id = None
# Set by install().
as_json = False

_log_level_names = logging.getLevelNamesMapping
_to_json = json.JSONEncoder(ensure_ascii=False, default=str).encode
_warning = logging.warning
_strftime, _gmtime = time.strftime, time.gmtime


def write(text: str, descriptor: int = STDOUT, _write=os.write) -> None:
    """Writes all of `text`; a descriptor that user code has closed swallows it. A lone surrogate raises, as on AWS."""
    data = text.encode()
    try:
        while data:
            written = _write(descriptor, data)
            data = data[written:] if written else b""
    except OSError:
        pass


class Unbuffered:
    """What sys.stdout and sys.stderr are on AWS: each write is in the log when it returns."""

    __module__ = AWS_MODULE

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def write(self, text):
        self.stream.write(text)
        self.stream.flush()

    def writelines(self, lines):
        self.stream.writelines(lines)
        self.stream.flush()


class LogSink:
    """`handler.log_sink.log(text)` is how LambdaContext.log and some libraries reach the log."""

    def log(self, text, frame_type=None):
        write(text)


class LambdaLoggerHandler(logging.Handler):
    __module__ = AWS_MODULE

    def __init__(self):
        super().__init__()
        self.log_sink = LogSink()

    def emit(self, record):
        self.log_sink.log(self.format(record))


class LambdaLoggerHandlerWithFrameType(LambdaLoggerHandler):
    """AWS's name for it where the records have a level for the platform. wasmlam reads the level in the record."""

    __module__ = AWS_MODULE


class LambdaLoggerFilter(logging.Filter):
    """Gives each record the ids of the call it was made in."""

    __module__ = AWS_MODULE

    def filter(self, record):
        record.aws_request_id = request_id
        record.tenant_id = tenant_id
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object per line. Members that are None are left out; `extra` members come last."""

    __module__ = "awslambdaric.lambda_runtime_log_utils"

    # What a LogRecord always has (or ours adds); anything else on it came from the `extra` argument.
    RECORD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) - {"taskName"} | {"aws_request_id", "tenant_id"}

    def __init__(self):
        super().__init__(datefmt=JSON_TIME)

    def format(self, record):
        # Rounded down to a level that has a name: 25 is INFO. Later handlers see the rounded one too, as on AWS.
        record.levelno = min(50, max(0, record.levelno)) // 10 * 10
        record.levelname = logging.getLevelName(record.levelno)
        whole = isinstance(record.msg, dict) and not record.args
        kind, error, trace = record.exc_info or (None, None, None)
        line = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.msg if whole else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(trace) if record.exc_info else None,
            "errorType": kind.__name__ if record.exc_info else None,
            "errorMessage": str(error) if record.exc_info else None,
            "requestId": getattr(record, "aws_request_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
        }
        if getattr(record, "tenant_id", None) is not None:
            line["tenantId"] = record.tenant_id
        for name, value in vars(record).items():
            if name not in self.RECORD_FIELDS:
                line.setdefault(name, value)
        return _to_json({name: value for name, value in line.items() if value is not None}) + "\n"


def install(log_format: str, level: str) -> None:
    """Gives the root logger its one handler. AWS_LAMBDA_LOG_FORMAT and _LEVEL may be empty: text, WARNING."""
    global as_json
    as_json = log_format.upper() == "JSON"
    sys.stdout, sys.stderr = Unbuffered(sys.stdout), Unbuffered(sys.stderr)
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandlerWithFrameType() if as_json or level else LambdaLoggerHandler()
    if as_json:
        handler.setFormatter(JsonFormatter())
    else:
        layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(layout, TEXT_TIME))
    handler.addFilter(LambdaLoggerFilter())
    root = logging.getLogger()
    level = "DEBUG" if level == "TRACE" else level.upper()
    if level in _log_level_names():
        root.setLevel(level)
    root.addHandler(handler)


def warn(message: str) -> None:
    """A WARNING record of the runtime's own, if user code has left logging in working order."""
    try:
        _warning(message)
    except Exception:
        pass


def now_for_json() -> str:
    return _strftime(JSON_TIME, _gmtime())
