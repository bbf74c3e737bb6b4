#: {}
from awslambdaric.lambda_context import Client, ClientContext, CognitoIdentity, LambdaContext


def handler(event, context):
    return [isinstance(context, LambdaContext), isinstance(context.identity, CognitoIdentity), ClientContext.__slots__, Client.__slots__]
