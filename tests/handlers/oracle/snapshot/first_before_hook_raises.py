#: {"snap_start": true}
from snapshot_restore_py import register_before_snapshot

register_before_snapshot(print, "never")


@register_before_snapshot
def hook():
    raise KeyError("k")


def handler(event, context):
    return 1
