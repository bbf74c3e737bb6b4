"""Ends the process while its result is written."""

import os


class Leaves(dict):
    def items(self):
        os._exit(3)


def handler(event, context):
    return [Leaves(a=1)]
