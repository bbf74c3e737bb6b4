"""Random programs of threads, each run and compared with what a model of one thread says: sums, counts and results that
do not depend on whose turn it is. What does, the order of all steps, goes into a digest, which must be the same when the
same program runs again under a clock that counts.

    {"seed": 1, "programs": 100} -> {"wrong": [], "order": "<sha256>"}
"""

import hashlib
import queue
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

MOST_THREADS, MOST_STEPS, DEEPEST = 6, 8, 2


class Expected(Exception):
    pass


def steps(numbers, depth=0):
    """What one thread does."""
    kinds = ["add", "get", "sleep", "recurse", "catch", "timeout", "sort", "wait", "pool", "spin", "generate", "semaphore"]
    made = []
    for _ in range(numbers.randint(1, MOST_STEPS)):
        kind = numbers.choice(kinds + ["spawn"] * (depth < DEEPEST))
        if kind == "spawn":
            made.append((kind, [steps(numbers, depth + 1) for _ in range(numbers.randint(1, 2))]))
        else:
            made.append((kind, numbers.randint(1, 20)))
    if numbers.random() < 0.2:
        made.append(("raise", 1))
    return made


def model(program):
    """Counts by kind of step: what all threads together must come to."""
    totals = dict.fromkeys(["sum", "got", "depth", "caught", "timeouts", "sorted", "woken", "squares", "spun", "items", "entered", "uncaught", "threads"], 0)

    def walk(made):
        totals["threads"] += 1
        for kind, value in made:
            if kind == "spawn":
                for child in value:
                    walk(child)
                continue
            name, amount = {
                "add": ("sum", value), "get": ("got", 1), "sleep": ("sum", 0), "recurse": ("depth", value * 3 + 1),
                "catch": ("caught", 1), "timeout": ("timeouts", 1), "sort": ("sorted", 1), "wait": ("woken", 1),
                "pool": ("squares", value * value), "spin": ("spun", value), "generate": ("items", value),
                "semaphore": ("entered", 1), "raise": ("uncaught", 1),
            }[kind]
            totals[name] += amount

    for made in program:
        walk(made)
    return totals


class Run:
    def __init__(self, numbers, program, order):
        self.numbers, self.program, self.order = numbers, program, order
        self.totals = dict.fromkeys(model(program), 0)
        self.lock, self.held, self.gate = threading.Lock(), threading.Lock(), threading.Event()
        self.queue, self.limit = queue.Queue(), threading.Semaphore(2)
        self.count = 0

    def total(self, name, amount):
        with self.lock:
            before = self.totals[name]
            if self.count % 7 == 0:
                time.sleep(0)
            self.totals[name] = before + amount
            self.count += 1

    def thread(self, number, made):
        self.total("threads", 1)
        for step, (kind, value) in enumerate(made):
            self.order.update(f"{number}.{step} ".encode())
            getattr(self, kind)(value, number)

    def add(self, value, number):
        self.total("sum", value)

    def sleep(self, value, number):
        time.sleep(value * 1e-5)

    def get(self, value, number):
        self.queue.get()
        self.total("got", 1)

    def recurse(self, value, number):
        def down(n):
            if n == 0:
                time.sleep(0)
                return 1
            return 1 + down(n - 1)

        self.total("depth", down(value * 3))

    def catch(self, value, number):
        try:
            try:
                raise Expected(value)
            except Expected as error:
                time.sleep(0)
                if error is not sys.exception() or error.args != (value,):
                    return
                raise KeyError(value) from error
        except KeyError as error:
            self.total("caught", error.__cause__.args == (value,))

    def timeout(self, value, number):
        self.total("timeouts", not self.held.acquire(timeout=value * 1e-5))

    def sort(self, value, number):
        def key(n):
            with self.lock:
                return -n

        self.total("sorted", sorted(range(value), key=key) == list(range(value))[::-1])

    def wait(self, value, number):
        self.total("woken", self.gate.wait())

    def pool(self, value, number):
        with ThreadPoolExecutor(2) as pool:
            futures = [pool.submit(pow, value, 2), pool.submit(self.total, "sum", 0)]
            self.total("squares", sum(future.result() or 0 for future in futures))

    def spin(self, value, number):
        spun = 0
        for _ in range(value):
            for _ in range(50):
                pass
            spun += 1
        self.total("spun", spun)

    def generate(self, value, number):
        def items():
            for n in range(value):
                time.sleep(0)
                yield n

        self.total("items", len(list(items())))

    def semaphore(self, value, number):
        with self.limit:
            time.sleep(value * 1e-6)
            self.total("entered", 1)

    def spawn(self, value, number):
        threads = [threading.Thread(target=self.thread, args=(f"{number}/{n}", made)) for n, made in enumerate(value)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def go(self):
        uncaught = []
        self.held.acquire()
        threading.excepthook = lambda arguments: uncaught.append(arguments.exc_type)
        try:
            threads = [threading.Thread(target=self.thread, args=(n, made)) for n, made in enumerate(self.program)]
            for thread in threads:
                thread.start()
                if self.numbers.random() < 0.3:
                    time.sleep(0)
            for _ in range(model(self.program)["got"]):
                self.queue.put(1)
                if self.numbers.random() < 0.2:
                    time.sleep(1e-5)
            self.gate.set()
            for thread in threads:
                thread.join()
        finally:
            threading.excepthook = threading.__excepthook__
        self.totals["uncaught"] = len(uncaught)
        return self.totals


def _raise(self, value, number):
    raise Expected(value)


setattr(Run, "raise", _raise)


def handler(event, context):
    wrong, order = [], hashlib.sha256()
    for seed in range(event["seed"], event["seed"] + event["programs"]):
        numbers = random.Random(seed)
        program = [steps(numbers) for _ in range(numbers.randint(1, MOST_THREADS))]
        run = Run(numbers, program, order)
        if (totals := run.go()) != model(program):
            wrong.append([seed, totals, model(program)])
        if threading.active_count() != 1:
            wrong.append([seed, "threads are left"])
    return {"wrong": wrong, "order": order.hexdigest()}
