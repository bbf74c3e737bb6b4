#: {}
def handler(event, context):
    return [10**100, -(2**63), 2**64]
