"""Databases in /tmp that several connections of one process use, with a rollback journal and with a write-ahead log."""

import os
import sqlite3
import threading


def locked(action):
    try:
        action()
    except sqlite3.OperationalError as error:
        return str(error)
    return None


def between_connections(path, mode):
    one = sqlite3.connect(path, timeout=0, isolation_level=None)
    found = {"mode": one.execute(f"pragma journal_mode={mode}").fetchone()[0]}
    one.execute("create table t(x)")
    one.execute("insert into t values (1)")
    two = sqlite3.connect(path, timeout=0, isolation_level=None)
    one.execute("begin immediate")
    one.execute("insert into t values (2)")
    found["reads meanwhile"] = two.execute("select count(*) from t").fetchone()[0]
    found["writes meanwhile"] = locked(lambda: two.execute("insert into t values (3)"))
    two.execute("begin")
    two.execute("select * from t").fetchall()
    found["commits beside a reader"] = locked(lambda: one.execute("commit"))
    found["sees what it began with"] = two.execute("select count(*) from t").fetchone()[0]
    two.execute("commit")
    if one.in_transaction:
        one.execute("commit")
    found["sees the rest"] = two.execute("select count(*) from t").fetchone()[0]
    found["files"] = sorted(name.removeprefix("app") for name in os.listdir("/tmp/data") if name != "app.db")
    two.close()
    one.close()
    found["files at the end"] = sorted(os.listdir("/tmp/data"))
    three = sqlite3.connect(path)
    found["again"] = [three.execute("pragma journal_mode").fetchone()[0], three.execute("select sum(x) from t").fetchone()[0]]
    three.close()
    os.remove(path)
    return found


def in_threads():
    """Each thread has a connection; whoever finds the database locked waits for it."""
    path = "/tmp/data/threads.db"
    first = sqlite3.connect(path, isolation_level=None)
    first.execute("pragma journal_mode=wal")
    first.execute("create table t(x)")

    def work(number):
        own = sqlite3.connect(path, timeout=30, isolation_level=None)
        for step in range(20):
            own.execute("begin immediate")
            own.execute("insert into t values (?)", (number * 100 + step,))
            own.execute("commit")
        own.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [*first.execute("select count(*), count(distinct x) from t").fetchone(), first.execute("pragma integrity_check").fetchone()[0]]


def handler(event, context):
    os.makedirs("/tmp/data", exist_ok=True)
    return {
        "delete": between_connections("/tmp/data/app.db", "delete"), "wal": between_connections("/tmp/data/app.db", "wal"),
        "threads": in_threads(),
    }
