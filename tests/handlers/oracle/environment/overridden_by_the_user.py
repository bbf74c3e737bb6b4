#: {"environment": {"TZ": "Europe/Berlin", "LANG": "C", "PATH": "/x", "LD_LIBRARY_PATH": "/y", "AWS_XRAY_CONTEXT_MISSING": "IGNORE", "LC_CTYPE": "C"}}
import os


def handler(event, context):
    return {name: os.environ[name] for name in ("TZ", "LANG", "PATH", "LD_LIBRARY_PATH", "AWS_XRAY_CONTEXT_MISSING", "LC_CTYPE")}
