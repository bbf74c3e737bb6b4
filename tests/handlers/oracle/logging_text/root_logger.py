#: {}
import logging


def handler(event, context):
    root = logging.getLogger()
    handlers = root.handlers
    return [
        root.level, len(handlers), [type(h).__name__ for h in handlers], [type(h).__module__ for h in handlers], handlers[0].level,
        handlers[0].formatter._fmt, handlers[0].formatter.datefmt, len(handlers[0].filters), type(handlers[0].filters[0]).__name__,
        logging.Formatter.converter.__name__, hasattr(handlers[0], "log_sink"), root.disabled, logging.root.manager.disable,
    ]
