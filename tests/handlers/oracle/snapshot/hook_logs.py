#: {"snap_start": true}
import logging

from snapshot_restore_py import register_after_restore, register_before_snapshot

register_before_snapshot(logging.warning, "before")
register_after_restore(logging.warning, "after")


def handler(event, context):
    logging.warning("handler")
