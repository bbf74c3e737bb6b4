"""Calls a function's handler and tells what each of the functions that it called took.

Laid into a layer of the function by `wasmlam bench --profile`, which makes it the handler; HANDLER is written in then.
Runs where the clock counts WebAssembly operators, so what it tells is the same each time. The clock is read when an
event begins and when this code is done with it: its own operators are nobody's. What the interpreter takes to get here
and back is measured once for each kind of call, on one that does nothing, and taken off: part of it lies inside of the
call and was counted for the function, the rest for its caller.
"""

import importlib
import sys
import time

HANDLER = "{{HANDLER}}"
MAX_NODES = 20_000  # of the call tree; calls beyond count for their caller

_clock = time.perf_counter_ns
_module, _name = HANDLER.rsplit(".", 1)
_handler = getattr(importlib.import_module(_module.replace("/", ".")), _name)


# Kinds of call, which take the interpreter different ways to an event.
PYTHON, GENERATOR, BUILTIN = 0, 1, 2
_GENERATOR_FLAGS = 0x20 | 0x80 | 0x200  # generators, coroutines, asynchronous generators


class Profile:
    def __init__(self, costs=((0, 0),) * 3):
        self.costs = costs  # inside and outside, for each kind
        self.names, self.numbers = [], {}
        # Parent, function, calls, own operators; the first one is what is above the handler.
        self.nodes = [[-1, -1, 0, 0]]
        self.children = [{}]
        self.stack = [0]
        self.events = self.taken_off = 0

    def run(self, function, *arguments):
        self.last = _clock()
        sys.setprofile(self.event)
        try:
            return function(*arguments)
        finally:
            sys.setprofile(None)

    def event(self, frame, event, argument):
        now = _clock()
        stack, nodes = self.stack, self.nodes
        self.events += 1
        nodes[stack[-1]][3] += now - self.last
        if event == "call":
            self.enter(frame.f_code, _of_code)
        elif event == "c_call":
            if argument is not sys.setprofile:  # the profile's own end
                self.enter(_of_builtin(argument), str)
        elif len(stack) > 1:  # what was entered before the profile began returns too
            is_generator = frame.f_code.co_flags & _GENERATOR_FLAGS
            inside, outside = self.costs[BUILTIN if event != "return" else GENERATOR if is_generator else PYTHON]
            nodes[stack.pop()][3] -= inside
            nodes[stack[-1]][3] -= outside
            self.taken_off += inside + outside
        self.last = _clock()

    def enter(self, key, name):
        number = self.numbers.get(key)
        if number is None:
            number = self.numbers[key] = len(self.names)
            self.names.append(name(key))
        parent = self.stack[-1]
        child = self.children[parent].get(number)
        if child is None:
            if len(self.nodes) >= MAX_NODES:
                self.stack.append(parent)
                return
            child = self.children[parent][number] = len(self.nodes)
            self.nodes.append([parent, number, 0, 0])
            self.children.append({})
        self.nodes[child][2] += 1
        self.stack.append(child)


def _of_code(code):
    return f"{code.co_qualname} ({code.co_filename.removeprefix('/var/task/')}:{code.co_firstlineno})"


def _of_builtin(function):
    module = getattr(function, "__module__", None)
    return f"{module}.{function.__qualname__}" if module else function.__qualname__


def _nothing():
    pass


def _generator(count):
    for _ in range(count):
        yield


def _call_python(count):
    for _ in range(count):
        _nothing()


def _call_builtin(count):
    text = ""
    for _ in range(count):
        text.isascii()


def _resume(count):
    for _ in _generator(count):
        pass


def _pass(count):
    for _ in range(count):
        pass


def _operators(loop, count):
    loop(count)  # as CPython specializes it
    started = _clock()
    loop(count)
    return _clock() - started


def _cost_of_a_call(loop, body, count=1000):
    """Operators of a call beyond its own, inside and outside; `body` is what it does in `loop`."""
    alone = _operators(loop, count)
    profile = Profile()
    profile.run(loop, count)
    inside = profile.nodes[-1][3] - body
    together = sum(own for _, _, _, own in profile.nodes) - alone
    return inside // count, (together - inside) // count


_COSTS = [
    _cost_of_a_call(_call_python, 0),
    _cost_of_a_call(_resume, _operators(_pass, 1000)),
    _cost_of_a_call(_call_builtin, 0),
]


def handler(event, context):
    profile = Profile(_COSTS)
    profile.run(_handler, event, context)
    nodes = [[parent, name, calls, max(0, own)] for parent, name, calls, own in profile.nodes]
    return {"names": profile.names, "nodes": nodes, "events": profile.events, "taken_off": profile.taken_off}
