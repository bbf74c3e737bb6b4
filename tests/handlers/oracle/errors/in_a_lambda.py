#: {}
handler = lambda event, context: event["k"]
