"""Opens the files that describe it until there are no more descriptors, and reads each of them whole."""

import os


def handler(event, context):
    kept = []
    while True:
        for name in ("environ", "limits", "maps", "mounts", "stat", "status"):
            kept.append(open(f"/proc/self/{name}", "rb"))
            kept[-1].read()
        os.listdir("/proc/self/fd")
