import twice
import thrice


def handler(event, context):
    return [twice.WHERE, thrice.WHERE]
