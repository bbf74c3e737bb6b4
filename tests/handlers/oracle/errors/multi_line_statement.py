#: {}
def handler(event, context):
    return dict(
        a=1,
        b=event["k"],
    )
