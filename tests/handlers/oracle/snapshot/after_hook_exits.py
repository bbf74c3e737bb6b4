#: {"snap_start": true}
import sys

from snapshot_restore_py import register_after_restore

register_after_restore(sys.exit, 5)


def handler(event, context):
    return 1
