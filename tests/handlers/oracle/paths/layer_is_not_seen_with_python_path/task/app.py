import inside


def handler(event, context):
    import from_layer
