#: {"snap_start": true}
from snapshot_restore_py import register_after_restore

register_after_restore(print, "first")
register_after_restore({}.__getitem__, "missing")
register_after_restore(print, "never")


def handler(event, context):
    return 1
