#: {"snap_start": true}
from snapshot_restore_py import register_after_restore, register_before_snapshot

order = []


def note(*words, **named):
    order.append([*words, *sorted(named.items())])


register_before_snapshot(note, "before 1")
register_before_snapshot(note, "before 2", k=1)
register_after_restore(note, "after 1")
register_after_restore(note, "after 2", k=2)


@register_before_snapshot
def before_3():
    note("before 3")


@register_after_restore
def after_3():
    note("after 3")


def handler(event, context):
    return [order, before_3.__name__, after_3.__name__]
