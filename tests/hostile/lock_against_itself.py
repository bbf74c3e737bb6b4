"""Waits for a lock that it has itself."""

import fcntl


def handler(event, context):
    one, two = open("/tmp/lock", "w"), open("/tmp/lock", "w")
    fcntl.flock(one, fcntl.LOCK_EX)
    fcntl.flock(two, fcntl.LOCK_EX)
