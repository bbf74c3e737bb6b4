"""The standard library's SQLite: a database in memory, and one in /tmp that lasts from call to call."""

import os
import sqlite3

FILE = "/tmp/orders.db"


def in_memory():
    db = sqlite3.connect(":memory:")
    db.row_factory = sqlite3.Row
    db.create_function("shout", 1, lambda text: text.upper() + "!", deterministic=True)
    db.executescript("""
        CREATE TABLE customer (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE sale (customer INTEGER REFERENCES customer, day TEXT, amount REAL, tags TEXT DEFAULT '[]');
        CREATE INDEX sale_by_day ON sale (day);
        PRAGMA foreign_keys = ON;
    """)
    with db:
        db.executemany("INSERT INTO customer VALUES (?, ?)", [(1, "Ada"), (2, "Grace"), (3, "Größe")])
        db.executemany(
            "INSERT INTO sale VALUES (:c, :d, :a, :t)",
            [{"c": 1 + n % 2, "d": f"2024-02-{n + 1:02}", "a": n * 1.5, "t": f'["t{n % 3}", "x"]'} for n in range(10)],
        )
    return db


def failure(function, *arguments):
    try:
        function(*arguments)
    except sqlite3.Error as error:
        return [type(error).__name__, str(error), error.sqlite_errorname]


def handler(event, context):
    db = in_memory()
    ask = lambda sql, *values: [list(row) for row in db.execute(sql, values)]  # noqa: E731
    running = ask("SELECT day, sum(amount) OVER (PARTITION BY customer ORDER BY day) FROM sale ORDER BY day LIMIT 4")
    tags = ask("SELECT j.value, count(*) FROM sale, json_each(sale.tags) j GROUP BY 1 ORDER BY 1")
    tree = ask("WITH RECURSIVE f(n, a, b) AS (SELECT 1, 0, 1 UNION ALL SELECT n + 1, b, a + b FROM f WHERE n < 20) SELECT max(b) FROM f")
    undone = failure(lambda: db.execute("INSERT INTO sale (customer) VALUES (99)"))
    db.rollback()
    twice = failure(db.execute, "INSERT INTO customer (name) VALUES ('Ada')")
    db.executescript("CREATE VIRTUAL TABLE doc USING fts5(text); INSERT INTO doc VALUES ('a quick fox'), ('a lazy dog')")

    known = os.path.exists(FILE)
    with sqlite3.connect(FILE) as lasting:
        lasting.execute("CREATE TABLE IF NOT EXISTS call (n INTEGER PRIMARY KEY, picture BLOB)")
        lasting.execute("INSERT INTO call (picture) VALUES (?)", (bytes(range(256)) * 40,))
    lasting.close()
    again = sqlite3.connect(f"file:{FILE}?mode=ro", uri=True)
    copy = sqlite3.connect(":memory:")
    again.backup(copy)
    return {
        "by_customer": ask("SELECT name, count(day), total(amount) FROM customer c LEFT JOIN sale ON c.id = customer GROUP BY 1 ORDER BY 1"),
        "running": running,
        "tags": tags,
        "fibonacci": tree,
        "upsert": ask("INSERT INTO customer VALUES (1, 'Ada L.') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *"),
        "shout": ask("SELECT shout(name), upper(name), length(name) FROM customer WHERE name LIKE 'g%'"),
        "maths": ask("SELECT round(sqrt(2), 6), 7 / 2, 7 % 3, typeof(2 << 40), date('2024-03-01', '-1 day')"),
        "full_text": ask("SELECT highlight(doc, 0, '[', ']') FROM doc WHERE doc MATCH 'fox OR cat'"),
        "undone": undone,
        "twice": twice,
        "read_only": failure(again.execute, "DELETE FROM call"),
        "syntax": failure(db.execute, "SELEC 1"),
        "in_file": [known, *copy.execute("SELECT count(*), sum(length(picture)) FROM call").fetchone()],
        "dump": list(copy.iterdump())[1],
        "check": ask("PRAGMA integrity_check"),
    }
