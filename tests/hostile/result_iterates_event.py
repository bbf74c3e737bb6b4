"""Changes the event while it is being returned."""


class Changes(dict):
    def __init__(self, event):
        super().__init__(a=1)
        self.event = event

    def items(self):
        self.event.clear()
        return super().items()


def handler(event, context):
    event.update(x=Changes(event), y=1)
    return event
