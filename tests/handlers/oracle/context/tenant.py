#: {"tenant_id": "tenant-1"}
def handler(event, context):
    return [context.tenant_id, repr(context)]
