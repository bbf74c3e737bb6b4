"""Ten small programs that show how fast Python computes: a handler in the sandbox, a script in any CPython.

Each kernel returns a checksum that depends on all of its work, so that two interpreters can be compared in what they
computed as well as in how long it took. `python3 kernels.py [name...]` prints one JSON object.
"""

import hashlib
import json
import math
import re
import sys
import time
import zlib


def fibonacci():
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib(27)


def integers():
    total = 0
    for i in range(3_000_000):
        total = (total + i * i) & 0xFFFFFF ^ (i >> 3)
    return total


def n_body():
    # x, y, z, velocity in x, y, z, mass: a sun and four bodies around it.
    bodies = [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.5]]
    bodies += [[5.0 * i, 1.0 * i, 0.1 * i, -0.1 * i, 2.5 / i, 0.02, 0.03 / i] for i in range(1, 5)]
    pairs = [(a, b) for i, a in enumerate(bodies) for b in bodies[i + 1:]]
    step = 0.001
    for _ in range(36_000):
        for a, b in pairs:
            dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
            square = dx * dx + dy * dy + dz * dz
            # sqrt is exact everywhere, pow is not.
            pull = step / (square * math.sqrt(square))
            from_b, from_a = b[6] * pull, a[6] * pull
            a[3] -= dx * from_b
            a[4] -= dy * from_b
            a[5] -= dz * from_b
            b[3] += dx * from_a
            b[4] += dy * from_a
            b[5] += dz * from_a
        for body in bodies:
            body[0] += step * body[3]
            body[1] += step * body[4]
            body[2] += step * body[5]
    return repr([body[:3] for body in bodies])


def dict_and_str():
    counts = {}
    for i in range(600_000):
        word = "key" + str(i % 5003)
        counts[word] = counts.get(word, 0) + len(word)
    text = ",".join(f"{word}={count}" for word, count in counts.items())
    parts = [part.partition("=") for part in text.upper().split(",")]
    return sum(int(count) for _, _, count in parts) + zlib.crc32(text.replace("key", "k").encode())


def json_codec():
    record = {"id": 1, "name": "Ada Lovelace \u00e9", "tags": ["a", "b", "c"], "score": 12.5, "ok": True, "none": None}
    document = {"records": [dict(record, id=i, score=i / 8) for i in range(300)]}
    length = 0
    for _ in range(120):
        text = json.dumps(document)
        length += len(text)
        document = json.loads(text)
    return length + zlib.crc32(json.dumps(document, sort_keys=True).encode())


def regular_expressions():
    line = "2026-11-23T09:38:05Z GET /orders/{} user{}@example.com 200 {}ms\n"
    text = "".join(line.format(i, i * 7, i % 97) for i in range(6_000))
    requests = re.findall(r"(\d{4})-(\d\d)-(\d\d)T\S+ (GET|POST) (/\w+)/(\d+)", text)
    hidden = re.sub(r"[\w.]+@[\w.]+", lambda match: str(len(match[0])), text)
    words = sum(1 for _ in re.finditer(r"\b[a-z]+\b", text))
    return len(requests) + words + zlib.crc32(hidden.encode())


def sort():
    state, numbers = 1, []
    for _ in range(120_000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        numbers.append(state)
    ordered = sorted(numbers)
    by_text = sorted(map(str, numbers))
    by_key = sorted(numbers, key=lambda number: (number & 0xFF, -number))
    return zlib.crc32(repr((ordered[::997], by_text[::997], by_key[::997])).encode())


def sha256():
    digest, block = b"", bytes(range(256)) * 4096
    for _ in range(40):
        digest = hashlib.sha256(digest + block).digest()
    return digest.hex()


class Account:
    """For the kernel below."""

    fee = 1

    def __init__(self, balance):
        self.balance = balance
        self.moves = 0

    @property
    def is_empty(self):
        return self.balance <= 0

    def deposit(self, amount):
        self.balance += amount - self.fee
        self.moves += 1
        return self


class Savings(Account):
    """For the kernel below."""

    def deposit(self, amount):
        return super().deposit(amount + 2)


def attributes_and_calls():
    accounts = [Account(10), Savings(20)]
    for i in range(300_000):
        account = accounts[i & 1]
        if not account.deposit(i & 7).is_empty:
            account.balance -= 3
    return [(account.balance, account.moves) for account in accounts]


def exceptions():
    def check(number):
        if number % 3 == 0:
            raise ValueError(number)
        return number

    total = 0
    for i in range(200_000):
        try:
            total += check(i)
        except ValueError as error:
            total -= error.args[0]
        finally:
            total ^= 1
    return total


KERNELS = {
    "fib(27)": fibonacci,
    "integer loop": integers,
    "n-body": n_body,
    "dict and str": dict_and_str,
    "json": json_codec,
    "re": regular_expressions,
    "sort": sort,
    "sha256": sha256,
    "attributes and calls": attributes_and_calls,
    "exceptions": exceptions,
}


def measure(name):
    started = time.perf_counter()
    checksum = KERNELS[name]()
    return {"checksum": checksum, "seconds": time.perf_counter() - started}


def handler(event, context):
    return measure(event["kernel"])


if __name__ == "__main__":
    json.dump({name: measure(name) for name in sys.argv[1:] or KERNELS}, sys.stdout)
