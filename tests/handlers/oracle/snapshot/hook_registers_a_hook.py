#: {"snap_start": true}
from snapshot_restore_py import register_after_restore, register_before_snapshot

order = []


def outer():
    order.append("outer")
    register_before_snapshot(order.append, "inner")
    register_after_restore(later)


def later():
    order.append("later")
    if len(order) < 5:
        register_after_restore(order.append, "latest")


register_before_snapshot(outer)


def handler(event, context):
    return order
