"""Runs a program that reads stdin and prints, and returns what it printed.

Laid into a layer of the package by `wasmlam test` for cases with `stdin`. The program is run as `python3 FILE` would,
once for each case. Its own stdin and stdout are replaced: what it writes to stderr, or around `sys.stdout`, goes to the
log.
"""

import base64
import builtins
import io
import runpy
import sys

PATH = "/var/task/{{FILE}}"

_open = builtins.open


def _streams(data):
    stdin = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="surrogateescape")
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="\n")
    return stdin, stdout


def _run(stdin, stdout):
    def open_(file, mode="r", *arguments, **keywords):
        # `open(0)` reads stdin too, and `open(1, "w")` writes to stdout.
        stream = {0: stdin, 1: stdout}.get(file) if type(file) is int else None
        if stream is None:
            return _open(file, mode, *arguments, **keywords)
        return stream.buffer if "b" in mode else stream

    sys.argv = [PATH]
    sys.stdin = sys.__stdin__ = stdin
    sys.stdout = sys.__stdout__ = stdout
    builtins.open = io.open = open_
    runpy.run_path(PATH, run_name="__main__")


def _own(traceback):
    """The part of a traceback that is the program's."""
    while traceback is not None and traceback.tb_frame.f_code.co_filename != PATH:
        traceback = traceback.tb_next
    return traceback


def handler(event, context):
    data = event["stdin"].encode() if "stdin" in event else base64.b64decode(event["stdin_base64"])
    stdin, stdout = _streams(data)
    log = sys.stdout
    try:
        _run(stdin, stdout)
    except SystemExit as end:
        if end.code not in (None, 0):
            raise
    except BaseException as error:
        stdout.flush()
        log.write(stdout.buffer.getvalue()[-65536:].decode(errors="replace"))  # what was printed until then
        raise error.with_traceback(_own(error.__traceback__) or error.__traceback__) from None
    stdout.flush()
    return stdout.buffer.getvalue().decode(errors="replace")
