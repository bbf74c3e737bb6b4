"""The `context` argument of a handler, as AWS gives it: same attributes, same order, same repr."""

import builtins
import json
import logging
import sys
import time

from .faults import Fault

__builtins__ = builtins.__dict__.copy()  # see __init__.py

# What a caller may pass on in its client context under "w3c"; see LambdaContext.w3c.
W3C_FIELDS = ("traceparent", "tracestate", "baggage")

_loads = json.loads
_time = time.time


class _Record:
    """An object with fixed fields, None where nothing was given, that prints as Name([field=value,...])."""

    __slots__ = ()

    def __init__(self, values=None):
        for name in self.__slots__:
            setattr(self, name, None if values is None else values.get(name))

    def __repr__(self):
        return f"{type(self).__name__}([{','.join(f'{name}={getattr(self, name)}' for name in self.__slots__)}])"


class CognitoIdentity(_Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Record):
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    # In the order of repr(); the attributes of `vars(context)` come in the order of __init__.
    _SHOWN = (
        "aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb",
        "function_version", "invoked_function_arn", "client_context", "identity", "tenant_id",
    )

    def __init__(self, function, request_id, deadline_ms, arn, client_context, cognito_identity, tenant_id):
        """`function`: values that are the same for every call. The two JSON texts may be empty."""
        self.aws_request_id = request_id
        self.log_group_name = function.log_group_name
        self.log_stream_name = function.log_stream_name
        self.function_name = function.function_name
        self.memory_limit_in_mb = function.memory_limit_in_mb
        self.function_version = function.function_version
        self.invoked_function_arn = arn
        self.tenant_id = tenant_id or None
        self._w3c_fields = {}
        self.client_context = None
        self.identity = identity = _new_identity(CognitoIdentity)
        identity.cognito_identity_id = identity.cognito_identity_pool_id = None
        self._epoch_deadline_time_in_ms = int(deadline_ms)
        if client_context:
            values = _parse(client_context, "Client Context")
            self._w3c_fields = _take_w3c(values)
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
        left = self._epoch_deadline_time_in_ms - int(_time() * 1000)
        return left if left > 0 else 0

    def w3c(self):
        """Trace fields that the caller sent."""
        return dict(self._w3c_fields)

    def log(self, msg):
        """Writes to the function's log, without a newline of its own."""
        for handler in logging.getLogger().handlers:
            if hasattr(handler, "log_sink"):
                handler.log_sink.log(str(msg))
                return
        sys.stdout.write(str(msg))

    def __repr__(self):
        return f"{type(self).__name__}([{','.join(f'{name}={getattr(self, name)}' for name in self._SHOWN)}])"


_new_identity = CognitoIdentity.__new__


def _parse(text: str, name: str):
    try:
        return _loads(text)
    except Exception as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {name} JSON: {error}") from None


def _take_w3c(values) -> dict[str, str]:
    """Moves the trace fields out of the client context."""
    given = values.pop("w3c", None) if isinstance(values, dict) else None
    if not isinstance(given, dict):
        return {}
    return {name: given[name] for name in W3C_FIELDS if isinstance(given.get(name), str)}
