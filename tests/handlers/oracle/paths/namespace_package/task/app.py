import shared.a
import shared.b


def handler(event, context):
    return [shared.a.__file__, shared.b.__file__, list(shared.__path__)]
