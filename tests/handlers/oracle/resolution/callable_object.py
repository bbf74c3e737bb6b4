#: {}
class Callable:
    def __call__(self, event, context):
        return [type(event).__name__, type(context).__name__]


handler = Callable()
