#: {"environment": {"STAGE": "tést", "EMPTY": "", "SPACES": "  a  ", "LINES": "a\nb", "Lower_Case1": "x"}}
import os


def handler(event, context):
    return {name: os.environ[name] for name in ("STAGE", "EMPTY", "SPACES", "LINES", "Lower_Case1")}
