"""Errors as the caller and the log see them: the error document, and the `[ERROR]` block.

User code hands us the exception object, so nothing of it is trusted: its class may lie, its traceback may be a million
frames long. Only a text that cannot be made or written ends the process, as on AWS.
"""

import builtins
import linecache
import sys
from collections import deque
from json.encoder import encode_basestring

from . import logs
from .environment import SITE_PACKAGES

__builtins__ = builtins.__dict__.copy()  # see __init__.py

# A stack trace may hold this many characters; a longer one loses its middle. The document with it stays near 200 KB.
STACK_LIMIT = 200_000
# Runs of frames that are kept from either end while a traceback is walked.
FRAMES_AT_EACH_END = 1_000
# Characters of one entry and of the message. AWS has no bound of its own but the size of a response.
ENTRY_LIMIT = 10_000
MESSAGE_LIMIT = 1_000_000
# After this many equal frames in a row, traceback.format_list says "Previous line repeated".
EQUAL_FRAMES_SHOWN = 3
# The frames of our own at the start of a traceback are left out. Any file of this name counts, as on AWS.
RUNTIME_FILE = "/bootstrap.py"
# The one frame that is left where a handler cannot be called, as AWS's client shows its own.
CALL_OF_HANDLER = (
    f'  File "{SITE_PACKAGES}/awslambdaric/bootstrap.py", line 178, in handle_event_request\n'
    "    response = request_handler(event, lambda_context)\n"
)

OWN_FILE = __file__.replace("faults.py", "bootstrap.py")
NO_BREAK_SPACE = "\u00a0"

_true_name = type.__dict__["__name__"].__get__
_true_traceback = BaseException.__dict__["__traceback__"].__get__
_lazycache, _getline = linecache.lazycache, linecache.getline
_setrecursionlimit, _getrecursionlimit = sys.setrecursionlimit, sys.getrecursionlimit


class Fault(Exception):
    """An error that the runtime itself reports, by its AWS name. It has no frames."""

    def __init__(self, kind, message, stack=()):
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.stack = list(stack)


class Report:
    """What happened, in the words of AWS."""

    __slots__ = ("kind", "message", "stack")

    def __init__(self, kind: str, message: str, stack: list[str]):
        self.kind = kind
        self.message = message
        self.stack = stack

    def document(self, request_id: str) -> bytes:
        """The error document. `request_id` is empty for errors of init."""
        stack = ", ".join([encode_basestring(entry) for entry in self.stack])
        text = (
            f'{{"errorMessage": {encode_basestring(self.message)}, "errorType": {encode_basestring(self.kind)}, '
            f'"requestId": {encode_basestring(request_id)}, "stackTrace": [{stack}]}}'
        )
        return text.encode()

    def log(self, request_id: str) -> None:
        """Writes the block. The text form is one event without a newline at its end, as on AWS."""
        if logs.as_json:
            document = self.document(request_id).decode()
            logs.write(f'{{"timestamp": "{logs.now_for_json()}", "level": "ERROR", {document[1:]}')
        else:
            logs.write(self.block())

    def block(self) -> str:
        lines = [f"[ERROR] {self.kind}: {self.message}" if self.message else f"[ERROR] {self.kind}"]
        lines.append("Traceback (most recent call last):")
        for entry in self.stack:
            for line in entry.splitlines():
                bare = line.lstrip(" ")
                lines.append(NO_BREAK_SPACE * (len(line) - len(bare)) + bare)
        return "\n".join(lines)


def describe(error: BaseException) -> Report:
    """The Report of any exception. Raises only what making the exception's text raises."""
    if _getrecursionlimit() < 200:
        _setrecursionlimit(1000)  # user code has lowered it so far that we could not work
    if type(error) is Fault:
        return Report(error.kind, error.message, error.stack)
    kind, message = _true_name(type(error)), text_of(error)
    try:
        head, left_out, tail = _walk(_true_traceback(error))
        if issubclass(type(error), (MemoryError, RecursionError)):  # isinstance asks the object
            _clear_frames(_true_traceback(error))
        return Report(kind, message, _shorten(_entries(head), left_out, _entries(tail)))
    except Exception:  # only for want of memory; what is left to do is small
        _clear_frames(_true_traceback(error))
        return Report(kind, message, [])


def text_of(value) -> str:
    """str(value) as an exact str of bounded length."""
    text = str.__str__(str(value))
    if len(text) > MESSAGE_LIMIT:
        text = f"{text[:MESSAGE_LIMIT]}... ({len(text) - MESSAGE_LIMIT} more characters left out)"
    return text


def _walk(trace):
    """Runs of equal frames as [file, line, function, globals, count]: first ones, how many left out, last ones."""
    head, tail, left_out = [], deque(maxlen=FRAMES_AT_EACH_END), 0
    limit = getattr(sys, "tracebacklimit", sys.maxsize)
    end = trace
    while end is not None and limit > 0:
        end, limit = end.tb_next, limit - 1
    first = trace
    while trace is not end and RUNTIME_FILE in trace.tb_frame.f_code.co_filename:
        trace = trace.tb_next
    if trace is end:
        trace = first  # nothing but our own
    last = None
    while trace is not end:
        code, line = trace.tb_frame.f_code, trace.tb_lineno
        if last and last[1] == line and last[2] == code.co_name and last[0] == code.co_filename:
            last[4] += 1
        else:
            last = [code.co_filename, line, code.co_name, trace.tb_frame.f_globals, 1]
            if len(head) < FRAMES_AT_EACH_END:
                head.append(last)
            else:
                left_out += len(tail) == FRAMES_AT_EACH_END
                tail.append(last)
        trace = trace.tb_next
    return head, left_out, tail


def _entries(runs) -> list[str]:
    """The items traceback.format_list would make of these frames, without the ^^^^ markers."""
    entries = []
    for file, line, function, file_globals, count in runs:
        if file == OWN_FILE and function == "handle_event_request":
            entry = CALL_OF_HANDLER
        else:
            entry = f'  File "{file}", line {line}, in {function}\n'
            source = _source_line(file, line, file_globals)
            if source:
                entry += f"    {source}\n"
        entries += [entry if len(entry) <= ENTRY_LIMIT else entry[:ENTRY_LIMIT] + "...\n"] * min(count, EQUAL_FRAMES_SHOWN)
        more = count - EQUAL_FRAMES_SHOWN
        if more > 0:
            entries.append(f"  [Previous line repeated {more} more time{'s' if more > 1 else ''}]\n")
    return entries


def _source_line(file, line, file_globals) -> str:
    try:
        _lazycache(file, file_globals)
        return _getline(file, line).strip()
    except Exception:  # user code has broken linecache, or the file is gone; a trace without source will do
        return ""


def _shorten(head: list[str], left_out: int, tail: list[str]) -> list[str]:
    """Head and tail joined; over STACK_LIMIT, the middle makes way for one entry that says so."""
    entries = head + tail
    if not left_out and sum(map(len, entries)) <= STACK_LIMIT:
        return entries
    first, rest = _within(entries, STACK_LIMIT // 2)
    last, rest = _within(rest[::-1], STACK_LIMIT // 2)
    left_out += len(rest)
    return [*first, f"  [{left_out} frames left out]\n", *last[::-1]]


def _within(entries: list[str], room: int):
    for index, entry in enumerate(entries):
        room -= len(entry)
        if room < 0:
            return entries[:index], entries[index:]
    return entries, []


def _clear_frames(trace) -> None:
    """Lets go of the locals of the frames in a traceback: they may be what filled the memory."""
    while trace is not None:
        try:
            trace.tb_frame.clear()
        except RuntimeError:
            pass  # still running: ours
        trace = trace.tb_next
