"""Stands where AWS's start script stands, /var/runtime/bootstrap.py: puts sys.path in AWS's order and hands over.

Written from the description of it in public dumps: what it does is part of what handlers see.
"""

import os
import site
import sys

import awslambdaric.__main__

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
LAYERS = [f"/opt/python/lib/{VERSION}/site-packages", "/opt/python"]


def main():
    task_root = os.environ["LAMBDA_TASK_ROOT"]
    layers = [] if "PYTHONPATH" in os.environ else LAYERS
    if layers:
        sys.path[:0] = [*layers, f"/var/lang/lib/{VERSION}/site-packages"]
    sys.path.insert(0, task_root)
    for folder in [task_root, *layers]:
        site.addsitedir(folder)
    os.environ.setdefault("PYTHONPATH", os.environ["LAMBDA_RUNTIME_DIR"])
    awslambdaric.__main__.main([task_root, os.environ["_HANDLER"]])


main()
