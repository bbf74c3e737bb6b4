#: {"snap_start": true}
from snapshot_restore_py import register_after_restore, register_before_snapshot

print("import")
register_before_snapshot(print, "before")
register_after_restore(print, "after")


def handler(event, context):
    print("handler")
