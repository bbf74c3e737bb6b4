#: {}
def handler(event, context):
    left = context.get_remaining_time_in_millis()
    later = context.get_remaining_time_in_millis()
    return [type(left).__name__, 0 < left <= 3000, later <= left]
