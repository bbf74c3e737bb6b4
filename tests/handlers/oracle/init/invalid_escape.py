#: {}
import re


def handler(event, context):
    return "\d"
