#: {}
import sqlite3


def handler(event, context):
    with sqlite3.connect(":memory:") as database:
        database.execute("create table t (a)")
        database.executemany("insert into t values (?)", [(1,), ("é",)])
        return database.execute("select a from t order by rowid").fetchall()
