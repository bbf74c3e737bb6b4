"""Keeps what a call made for the next one, in every place it knows."""

import builtins
import os
import sys

KEPT = []


def handler(event, context):
    seen = [len(KEPT), hasattr(builtins, "kept"), os.path.exists("/tmp/kept"), "KEPT" in os.environ, hasattr(sys, "kept")]
    KEPT.append(1)
    builtins.kept = sys.kept = True
    open("/tmp/kept", "w").close()
    os.environ["KEPT"] = "1"
    return seen
