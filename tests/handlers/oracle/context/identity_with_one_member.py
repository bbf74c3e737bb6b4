#: {"cognito_identity": "{\"cognitoIdentityId\": 5}"}
def handler(event, context):
    return [repr(context.identity), context.identity.cognito_identity_id]
