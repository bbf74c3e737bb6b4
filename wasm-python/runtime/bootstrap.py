"""What platform/entry/wasmlam.c calls: `init` once per function, `reseed` after each restore, `invoke` once per call.

Exceptions that are not an Exception (SystemExit, KeyboardInterrupt) pass through to the C side, which ends the
process, as on AWS. The file's name matters: frames of a `bootstrap.py` are left out at the start of a stack trace.
"""

import builtins
import gc
import importlib
import json
import os
import random
import sys
import tempfile
import uuid
from _random import Random

from . import context, environment, faults, hooks, json_codec, logs, native_modules, protocol, threads

__builtins__ = builtins.__dict__.copy()  # see __init__.py

TASK_ROOT = "/var/task"

LAMBDA_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or can be "
    "applied automatically. To determine if the runtime has been updated, check the runtime version in "
    "the INIT_START log entry. If this error correlates with a change in the runtime version, you may be "
    "able to mitigate this error by temporarily rolling back to the previous runtime version. For more "
    "information, see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)

_BUILTIN_MODULES = frozenset(sys.builtin_module_names)
_import_module = importlib.import_module
_run_ready_threads, _settle_threads = threads.run_ready, threads.settle
# random.seed() without its Python half: the hidden instance behind random.random() and its like.
_hidden_random, _seed_random = random._inst, Random.seed


try:
    from _wasmlam_linux import set_memory_size as _set_memory_size
except ImportError:  # tests import this package natively

    def _set_memory_size(megabytes: int) -> None:
        """The machine is what it is."""


_read = os.read
EVENT_DESCRIPTOR = 0
MAX_LOG_STREAM = 512  # bytes, the most that AWS allows

# CPython has specialized a function's code after some tens of calls.
WARM_UP_CALLS = 40

_LambdaContext = context.LambdaContext
_handler = None
_restore_fault = None  # Report of an after-restore hook that failed; calls are answered with it


def init(kind: int, head: bytes, body: bytes) -> tuple[int, bytes, bytes]:
    """Makes the process the function's: environment, paths, logging, handler. READY, or INIT_FAILED with a document."""
    global _handler
    if kind != protocol.INIT:
        raise RuntimeError(f"wasmlam: init was given a frame of kind {kind}")
    settings = json.loads(body)
    variables = settings["environment"]
    environment.install(variables, TASK_ROOT)
    _set_memory_size(int(variables.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 128)))
    context.prepare()
    logs.install(variables.get("AWS_LAMBDA_LOG_FORMAT", ""), variables.get("AWS_LAMBDA_LOG_LEVEL", ""))
    report = None
    try:
        _handler = find_handler(variables["_HANDLER"])
        _run_ready_threads()
    except Exception as error:
        report = faults.describe(error)
    if report:
        logs.warn(LAMBDA_WARNING)
    elif settings.get("snapshot", True):
        try:
            hooks.run_before_snapshot()
        except BaseException as error:
            report = faults.describe(error)
    if report:
        report.log("")
        return protocol.INIT_FAILED, b"", report.document("")
    if settings.get("snapshot", True):
        warm_up()
        left_running = _settle_threads()
        gc.collect()
        gc.freeze()  # what init made stays for good: the collector need not write to its pages in a call
        return protocol.READY, b"", left_running.encode(errors="replace")
    return protocol.READY, b"", b""


def find_handler(name: str):
    """The attribute `name` says. Raises Fault as AWS words it, or what the module raised."""
    try:
        module_name, attribute = name.rsplit(".", 1)
    except ValueError as error:
        raise faults.Fault("Runtime.MalformedHandlerName", f"Bad handler '{name}': {error}") from None
    if module_name.split(".")[0] in _BUILTIN_MODULES:
        raise faults.Fault(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = _import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {faults.text_of(error)}{native_modules.hint(error)}"
        raise faults.Fault("Runtime.ImportModuleError", message) from None
    except SyntaxError as error:
        entry = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        message = f"Syntax error in module '{module_name}': {faults.text_of(error)}"
        raise faults.Fault("Runtime.UserCodeSyntaxError", message, [entry]) from None
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise faults.Fault(
            "Runtime.HandlerNotFound", f"Handler '{attribute}' missing on module '{module_name}'"
        ) from None


def warm_up() -> None:
    """Answers calls that nobody made, with a handler of our own, so that the image holds our code as CPython specializes
    it after some calls. Each sandbox would begin to do that anew, and write to the pages of all that code."""
    global _handler
    fields = ["", "0", "", "", "", "", ""]
    try:
        _LambdaContext(*fields[:3], *fields[4:])
    except Exception:
        return  # an init that broke it, by removing variables of AWS: its calls fail, these must not
    handler, _handler = _handler, lambda event, context: {"message": str(event)}
    for _ in range(WARM_UP_CALLS):
        renew()
        handle_event_request(fields, b'{"key": ["value", 1, 1.5, null]}')
    _handler = handler


def renew() -> None:
    """What was drawn at random, or is unique to a process, must not be shared by all restores."""
    _seed_random(_hidden_random)
    _hidden_random.gauss_next = None
    tempfile._name_sequence = None
    uuid._node = uuid._last_timestamp = None


def reseed() -> None:
    """After a restore. The host has put the log stream of this environment where frames come in."""
    global _restore_fault
    try:
        environment.set_log_stream(_read(EVENT_DESCRIPTOR, MAX_LOG_STREAM))
    except OSError:
        pass  # an init that closed the descriptor: no call can reach it, and the host ends each one
    renew()
    try:
        hooks.run_after_restore()
    except BaseException as error:
        _restore_fault = faults.describe(error)
        _restore_fault.log("")


def invoke(kind: int, head: bytes, body: bytes) -> tuple[int, bytes, bytes]:
    """One call of the handler: RETURNED with the result or RAISED with the error document."""
    if kind != protocol.INVOKE:
        raise RuntimeError(f"wasmlam: invoke was given a frame of kind {kind}")
    fields = protocol.read_invoke_head(head)
    logs.request_id, logs.tenant_id = fields[0], fields[6] or None
    if _restore_fault is not None:
        return protocol.RAISED, b"", _restore_fault.document("")
    return handle_event_request(fields, body)


# Memory that is given back before an error is told: without any, CPython tries for ever to say that there is none. By an
# assignment, as a call would need memory itself.
RESERVE = 1 << 18
_reserve = bytearray(RESERVE)


def handle_event_request(fields: list[str], body: bytes) -> tuple[int, bytes, bytes]:
    """Called as AWS's client calls a function of this name, so that as many frames stand below the handler."""
    global _reserve
    request_id, deadline_ms, arn, trace_id, client_context, identity, tenant_id = fields
    try:
        if _reserve is None:
            _reserve = bytearray(RESERVE)  # where a sandbox is used again
        environment.set_trace_id(trace_id)
        lambda_context = _LambdaContext(request_id, deadline_ms, arn, client_context, identity, tenant_id)
        event = json_codec.loads(body)
        try:
            response = _handler(event, lambda_context)
        finally:
            _run_ready_threads()
        if issubclass(type(response), bytes):  # not isinstance: an object may lie about its class
            return protocol.RETURNED, protocol.BYTES_RESULT, response
        text = json_codec.dumps(response)
    except Exception as error:
        _reserve = None
        native_modules.explain(error)
        report = faults.describe(error)
    else:
        # Out here, so that a lone surrogate ends the process, as on AWS.
        return protocol.RETURNED, protocol.JSON_RESULT, text.encode()
    report.log(request_id)
    return protocol.RAISED, b"", report.document(request_id)
