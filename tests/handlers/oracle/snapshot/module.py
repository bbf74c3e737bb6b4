#: {}
import snapshot_restore_py


def handler(event, context):
    return [
        snapshot_restore_py.__all__, snapshot_restore_py.get_before_snapshot(), snapshot_restore_py.get_after_restore(),
        snapshot_restore_py.__version__,
    ]
