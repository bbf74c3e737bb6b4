"""Has the collector free what is in use, and breaks what it is told."""

import gc


def handler(event, context):
    gc.set_threshold(1)
    gc.callbacks.append(lambda *_: gc.collect())
    for thing in gc.get_objects():
        if type(thing) is dict and "__builtins__" in thing:
            thing.clear()
    return [[] for _ in range(1000)]
