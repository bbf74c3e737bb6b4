"""The `context` argument of a handler, as AWS gives it: same attributes, same order, same repr."""

import builtins
import json
import logging
import os
import sys
import time

from .faults import Fault

__builtins__ = builtins.__dict__.copy()  # see __init__.py

# What a caller may pass on in its client context under "w3c"; see LambdaContext.w3c.
W3C_FIELDS = ("traceparent", "tracestate", "baggage")

# The module that has these classes on AWS; the shim of that name finds them here.
AWS_MODULE = "awslambdaric.lambda_context"
# What repr() of a context shows, in this order; `vars(context)` has the order of __init__.
SHOWN = (
    "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb", "function_version",
    "invoked_function_arn", "client_context", "identity", "tenant_id",
)

_loads = json.loads
_variables = os.environ._data  # os.environ.get() takes ten times as long
_decoded = {None: None}


def prepare() -> None:
    """Decodes the variables that a context shows, so that calls find them decoded unless user code changes them."""
    for value in _variables.values():
        _decoded[value] = value.decode("utf-8", "surrogateescape")


def _variable(name: bytes):
    value = _variables.get(name)
    if value in _decoded:
        return _decoded[value]
    return value.decode("utf-8", "surrogateescape")


class _Record:
    """An object with fixed fields, None where nothing was given, that prints as Name([field=value,...])."""

    __slots__ = ()

    def __init__(self, values=None):
        for name in self.__slots__:
            setattr(self, name, None if values is None else values.get(name))

    def __repr__(self):
        return f"{type(self).__name__}([{','.join(f'{name}={getattr(self, name)}' for name in self.__slots__)}])"


class CognitoIdentity(_Record):
    __module__ = AWS_MODULE
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Record):
    __module__ = AWS_MODULE
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Record):
    __module__ = AWS_MODULE
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    __module__ = AWS_MODULE

    def __init__(self, request_id, deadline_ms, arn, client_context, cognito_identity, tenant_id):
        """The two JSON texts may be empty. What the environment says is read from it at each call, as on AWS."""
        self.aws_request_id = request_id
        self.log_group_name = _variable(b"AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = _variable(b"AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = _variable(b"AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = _variable(b"AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = _variable(b"AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = arn
        self.tenant_id = tenant_id or None
        self._w3c_fields = {}
        self.client_context = None
        self.identity = identity = _new_identity(CognitoIdentity)
        identity.cognito_identity_id = identity.cognito_identity_pool_id = None
        self._epoch_deadline_time_in_ms = int(deadline_ms)
        if client_context:
            values = _parse(client_context, "Client Context")
            self._w3c_fields = self._extract_and_strip_w3c(values)
            if values is not None:
                self.client_context = ClientContext(values)
                if self.client_context.client is not None:
                    self.client_context.client = Client(self.client_context.client)
        if cognito_identity:
            values = _parse(cognito_identity, "Cognito Identity")
            if values is not None:
                identity.cognito_identity_id = values.get("cognitoIdentityId")
                identity.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")

    def get_remaining_time_in_millis(self):
        left = self._epoch_deadline_time_in_ms - int(time.time() * 1000)
        return left if left > 0 else 0

    def w3c(self):
        """Trace fields that the caller sent."""
        return dict(self._w3c_fields)

    @staticmethod
    def _extract_and_strip_w3c(client_context) -> dict[str, str]:
        """Moves the trace fields out of the client context."""
        given = client_context.pop("w3c", None) if isinstance(client_context, dict) else None
        if not isinstance(given, dict):
            return {}
        return {name: given[name] for name in W3C_FIELDS if isinstance(given.get(name), str)}

    def log(self, msg):
        """Writes to the function's log, without a newline of its own."""
        for handler in logging.getLogger().handlers:
            if hasattr(handler, "log_sink"):
                handler.log_sink.log(str(msg))
                return
        sys.stdout.write(str(msg))

    def __repr__(self):
        return f"{type(self).__name__}([{','.join(f'{name}={getattr(self, name)}' for name in SHOWN)}])"


_new_identity = CognitoIdentity.__new__


def _parse(text: str, name: str):
    try:
        return _loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}") from None
