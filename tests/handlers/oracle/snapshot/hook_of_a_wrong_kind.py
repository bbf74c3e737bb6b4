#: {"snap_start": true}
from snapshot_restore_py import register_before_snapshot

register_before_snapshot("not callable")


def handler(event, context):
    return 1
