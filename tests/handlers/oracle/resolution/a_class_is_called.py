#: {}
class handler(dict):
    def __init__(self, event, context):
        super().__init__(event=event)
