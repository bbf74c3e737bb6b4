#: {}
import gc


def handler(event, context):
    return [gc.isenabled(), gc.get_threshold()]
