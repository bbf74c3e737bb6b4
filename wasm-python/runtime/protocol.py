"""Frame kinds and the fields of a frame's head. src/protocol/frame.rs is the other half; a test compares the numbers."""

import builtins

__builtins__ = builtins.__dict__.copy()  # see __init__.py

VERSION = 1

# Host to guest.
INIT = 1
INVOKE = 2

# Guest to host.
READY = 3
INIT_FAILED = 4
RETURNED = 5
RAISED = 6

# Head of a RETURNED frame: the content type of the body.
JSON_RESULT = b"application/json"
BYTES_RESULT = b"application/unknown"

# Head of an INVOKE frame: these fields, UTF-8, separated by NUL. Hot: one decode, one split.
INVOKE_FIELDS = (
    "request_id", "deadline_ms", "invoked_function_arn", "trace_id", "client_context", "cognito_identity", "tenant_id",
)


def read_invoke_head(head: bytes) -> list[str]:
    """The values of INVOKE_FIELDS in order; all are text, an absent one is empty."""
    fields = str(head, "utf-8").split("\0")
    if len(fields) != len(INVOKE_FIELDS):
        raise ValueError(f"wasmlam: an invoke frame's head has {len(fields)} fields, not {len(INVOKE_FIELDS)}")
    return fields
