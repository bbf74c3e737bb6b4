"""Asks for more time by changing the context."""


def handler(event, context):
    context._epoch_deadline_time_in_ms = 10**15
    context.get_remaining_time_in_millis = lambda: 10**9
    return "patient"
