#: {"events": [[{"key": 1}, {"key": 2}]]}
def handler(event, context):
    return [list(map(dict, event)), next(iter(event[0])) is next(iter(event[1]))]
