#: {"texts": ["\ufeff{}", "\ufeff\ufeff{}", " \ufeff{}", "\ufeff", "\ufeff{"]}
def handler(event, context):
    return event
