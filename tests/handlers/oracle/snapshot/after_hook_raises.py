#: {"snap_start": true}
from snapshot_restore_py import register_after_restore


@register_after_restore
def hook():
    raise ValueError("after")


def handler(event, context):
    return 1
