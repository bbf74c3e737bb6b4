#: {}
def handler(event, context):
    context._epoch_deadline_time_in_ms = 0
    return context.get_remaining_time_in_millis()
