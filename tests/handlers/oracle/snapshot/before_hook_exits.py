#: {"snap_start": true}
import sys

from snapshot_restore_py import register_before_snapshot

register_before_snapshot(sys.exit, 5)


def handler(event, context):
    return 1
