"""The classes of the `context` argument, under the name they have on AWS."""

from wasmlam_runtime.context import Client, ClientContext, CognitoIdentity, LambdaContext

__all__ = ["Client", "ClientContext", "CognitoIdentity", "LambdaContext"]
