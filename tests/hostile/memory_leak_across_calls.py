"""Keeps what a call made for the next one, in every place it knows."""

import builtins
import os
import sys

KEPT = []


def handler(event, context):
    seen = [len(KEPT), hasattr(builtins, "kept"), hasattr(sys, "kept")]
    seen += [os.path.exists("/tmp/kept"), "KEPT" in os.environ]
    KEPT.append(1)
    builtins.kept = sys.kept = True
    open("/tmp/kept", "w").close()
    os.environ["KEPT"] = "1"
    return seen
