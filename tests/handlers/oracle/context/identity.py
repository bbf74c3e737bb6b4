#: {"cognito_identity": "{\"cognitoIdentityId\": \"id\", \"cognitoIdentityPoolId\": \"pool\", \"other\": 1}"}
def handler(event, context):
    return [repr(context.identity), context.identity.cognito_identity_id]
