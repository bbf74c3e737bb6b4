#: {"client_context": "{}"}
def handler(event, context):
    context.client_context.custom = {"set": 1}
    context.client_context.services = 1
