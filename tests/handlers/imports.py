import importlib


def handler(event, context):
    """Which of these modules cannot be imported, and why."""
    failed = {}
    for name in event:
        try:
            importlib.import_module(name)
        except BaseException as error:
            failed[name] = f"{type(error).__name__}: {error}"
    return failed
