"""What guest/wasmlam.c calls: `init` once per function, `reseed` after each restore, `invoke` once per call.

Exceptions that are not an Exception (SystemExit, KeyboardInterrupt) pass through to the C side, which ends the
process, as on AWS. The file's name matters: frames of a `bootstrap.py` are left out at the start of a stack trace.
"""

import builtins
import gc
import importlib
import json
import random
import sys
import tempfile
import uuid
from _random import Random

from . import environment, faults, json_codec, logs, native_modules, protocol
from .context import LambdaContext

__builtins__ = builtins.__dict__.copy()  # see __init__.py

TASK_ROOT = "/var/task"

# The long text of AWS goes on about updates of its runtimes, which do not happen here.
LAMBDA_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code.\r"
)

_BUILTIN_MODULES = frozenset(sys.builtin_module_names)
_import_module = importlib.import_module
_modules = sys.modules
# random.seed() without its Python half: the hidden instance behind random.random() and its like.
_hidden_random, _seed_random = random._inst, Random.seed


class Function:
    """What is the same for every call. The host names these members in the Init frame; it may send others."""

    def __init__(self, settings):
        self.handler = settings.get("handler", "")
        self.function_name = settings.get("function_name", "")
        self.function_version = settings.get("function_version", "")
        self.memory_limit_in_mb = settings.get("memory_limit_in_mb", "")
        self.log_group_name = settings.get("log_group_name", "")
        self.log_stream_name = settings.get("log_stream_name", "")
        self.logs_json = logs.is_json(settings.get("log_format", "Text"))


_function = None
_handler = None
_restore_fault = None  # Report of an after-restore hook that failed; calls are answered with it


def init(kind: int, head: bytes, body: bytes) -> tuple[int, bytes, bytes]:
    """Makes the process the function's: environment, paths, logging, handler. READY, or INIT_FAILED with a document."""
    global _function, _handler
    if kind != protocol.INIT:
        raise RuntimeError(f"wasmlam: init was given a frame of kind {kind}")
    settings = json.loads(body)
    _function = Function(settings)
    variables = settings["environment"]
    environment.install(variables, TASK_ROOT)
    logs.install(_function.logs_json, variables.get("AWS_LAMBDA_LOG_LEVEL", ""))
    try:
        _handler = find_handler(_function.handler)
    except Exception as error:
        report = faults.describe(error)
        logs.warn(LAMBDA_WARNING)
        return _init_failed(report)
    if settings.get("snapshot", True):
        try:
            run_before_snapshot()
        except Exception as error:
            report = faults.describe(error)
            report.kind = "Runtime.BeforeSnapshotError"
            return _init_failed(report)
        gc.collect()
        gc.freeze()  # what init made stays for good: the collector need not write to its pages in a call
    return protocol.READY, b"", b""


def _init_failed(report: faults.Report) -> tuple[int, bytes, bytes]:
    report.log("", _function.logs_json)
    return protocol.INIT_FAILED, b"", report.document("")


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


def run_before_snapshot() -> None:
    """Hooks of user code, last registered first, each forgotten as it runs."""
    hooks = _modules.get("snapshot_restore_py")
    waiting = hooks.get_before_snapshot() if hooks else []
    while waiting:
        function, args, kwargs = waiting.pop()
        function(*args, **kwargs)


def reseed() -> None:
    """After a restore: what was drawn at random, or is unique to a process, must not be shared by all restores."""
    global _restore_fault
    _seed_random(_hidden_random)
    _hidden_random.gauss_next = None
    tempfile._name_sequence = None
    uuid._node = uuid._last_timestamp = None
    hooks = _modules.get("snapshot_restore_py")
    if hooks is None:
        return
    try:
        for function, args, kwargs in hooks.get_after_restore():
            function(*args, **kwargs)
    except Exception as error:
        _restore_fault = faults.describe(error)
        _restore_fault.kind = "Runtime.AfterRestoreError"


def invoke(kind: int, head: bytes, body: bytes) -> tuple[int, bytes, bytes]:
    """One call of the handler: RETURNED with the result or RAISED with the error document."""
    if kind != protocol.INVOKE:
        raise RuntimeError(f"wasmlam: invoke was given a frame of kind {kind}")
    request_id, deadline_ms, arn, trace_id, client_context, identity, tenant_id = protocol.read_invoke_head(head)
    logs.request_id, logs.tenant_id = request_id, tenant_id or None
    if _restore_fault is not None:
        return _raised(_restore_fault, request_id)
    try:
        environment.set_trace_id(trace_id)
        context = LambdaContext(_function, request_id, deadline_ms, arn, client_context, identity, tenant_id)
        event = json_codec.loads(body)
        response = _handler(event, context)
        if issubclass(type(response), bytes):  # not isinstance: an object may lie about its class
            return protocol.RETURNED, protocol.BYTES_RESULT, response
        text = json_codec.dumps(response)
    except Exception as error:
        native_modules.explain(error)
        return _raised(faults.describe(error), request_id)
    # Outside of the block above: a lone surrogate ends the process on AWS.
    return protocol.RETURNED, protocol.JSON_RESULT, text.encode()


def _raised(report: faults.Report, request_id: str) -> tuple[int, bytes, bytes]:
    report.log(request_id, _function.logs_json)
    return protocol.RAISED, b"", report.document(request_id)
