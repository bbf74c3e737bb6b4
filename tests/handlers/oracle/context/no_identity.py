#: {}
def handler(event, context):
    identity = context.identity
    return [repr(identity), identity.cognito_identity_id, identity.cognito_identity_pool_id, type(identity).__module__]
