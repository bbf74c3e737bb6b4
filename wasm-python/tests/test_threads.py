"""The scheduler of bootstrap/threads.py on a stand-in for guest/threads.c, which makes of each thread one of this
system's, of which one runs at a time. The real one is tested through tests/handlers/threads.py."""

import sys
import textwrap
import unittest

from support import run_apart

STAND_IN = """
import sys, types, _thread
start_native, allocate = _thread.start_new_thread, _thread.allocate_lock
double = sys.modules["_wasmlam_threads"] = types.ModuleType("_wasmlam_threads")
double.can_pause = True
on_the_stack = []
class Thread:
    def __init__(self, function, ident):
        self.function, self.begun, self.ended = function, False, False
        self.turn, self.back = allocate(), allocate()
        self.turn.acquire(); self.back.acquire()
    def run(self):
        self.function()
        self.ended = True
        self.back.release()
def resume(thread):
    on_the_stack.append(thread)
    if thread.begun:
        thread.turn.release()
    else:
        thread.begun = True
        start_native(thread.run, ())
    thread.back.acquire()
    on_the_stack.pop()
    return thread.ended
def pause():
    if double.can_pause:
        thread = on_the_stack[-1]
        thread.back.release()
        thread.turn.acquire()
    return double.can_pause
double.new, double.resume, double.pause, double.on_wait = Thread, resume, pause, lambda function: None

from wasmlam_runtime import threads
threads.install()
import queue, threading, time
from concurrent.futures import ThreadPoolExecutor
seen = []
def start(function, *arguments, **named):
    thread = threading.Thread(target=function, args=arguments, **named)
    thread.start()
    return thread
"""


@unittest.skipIf(sys.version_info < (3, 13), "the guest's Thread has a handle, from 3.13 on")
class Threads(unittest.TestCase):
    maxDiff = None

    def check(self, script):
        # As a daemon of its own process: what a test leaves waiting must not keep that from ending.
        end = "\nsys.stdout.flush()\nimport os; os._exit(0)\n"
        status, out, err = run_apart(STAND_IN + textwrap.dedent(script) + end)
        self.assertEqual((status, out, err), (0, "", ""))

    def test_a_thread_has_its_turn_when_others_wait(self):
        self.check("""
            first, second = start(seen.append, 1), start(seen.append, 2)
            seen.append("main")
            assert first.is_alive() and not seen[1:], seen
            second.join()
            assert seen == ["main", 1, 2] and not first.is_alive(), seen
        """)

    def test_turns_go_round(self):
        self.check("""
            def work(name):
                for step in range(3):
                    seen.append(f"{name}{step}")
                    time.sleep(0)
            threads_ = [start(work, name) for name in "ab"]
            for thread in threads_: thread.join()
            assert seen == ["a0", "b0", "a1", "b1", "a2", "b2"], seen
        """)

    def test_a_waiting_thread_goes_on_where_it_was(self):
        self.check("""
            there, back = queue.Queue(), queue.SimpleQueue()
            def work():
                while (item := there.get()) is not None:
                    back.put(item + 1)
            thread = start(work)
            for item in range(5):
                there.put(item)
                assert back.get() == item + 1
            there.put(None)
            thread.join()
            assert not thread.is_alive()
        """)

    def test_times_are_kept(self):
        self.check("""
            event = threading.Event()
            assert start(event.wait, 0.01) and not event.wait(0.02)
            begin = time.monotonic()
            late = start(lambda: (time.sleep(0.06), seen.append("late")))
            soon = start(lambda: (time.sleep(0.03), seen.append("soon")))
            late.join(0.001)
            assert late.is_alive() and not seen
            late.join()
            assert seen == ["soon", "late"], seen
            assert 0.06 <= time.monotonic() - begin < 1, "the sleeps are at the same time"
            for wrong in (-1, "x"):
                try: time.sleep(wrong)
                except (ValueError, TypeError): pass
                else: raise AssertionError(wrong)
        """)

    def test_waiting_for_ever_is_an_error(self):
        self.check("""
            empty = queue.Queue()
            start(empty.get)
            try: empty.get()
            except RuntimeError as error: assert "would wait for ever" in str(error), error
            else: raise AssertionError
            empty.put(1)
            threads.run_ready()
            assert empty.empty(), "the other one still waited"
        """)

    def test_what_is_on_the_stack_must_wait(self):
        self.check("""
            double.can_pause = False
            go = threading.Event()
            def first():
                seen.append("first")
                go.wait()
                seen.append("first again")
            def second():
                seen.append("second")
                go.set()
            start(first), start(second)
            threads.run_ready()
            assert seen == ["first", "second", "first again"], seen
            lost = queue.Queue()
            def wants():
                try: lost.get()
                except RuntimeError as error: seen.append(str(error))
            start(wants).join()
            assert "would wait for ever" in seen[-1], seen
        """)

    def test_at_the_end_only_what_need_not_wait_runs(self):
        self.check("""
            def twice():
                seen.append(1)
                time.sleep(60)
                seen.append(2)
            start(twice), start(seen.append, 3)
            threading.Timer(0.001, seen.append, [4]).start()
            begin = time.monotonic()
            threads.run_ready()
            assert seen == [1, 3] and time.monotonic() - begin < 30, seen
        """)

    def test_pools(self):
        self.check("""
            class Work:
                def square(self, number):
                    time.sleep(0.001)
                    return number * number
            with ThreadPoolExecutor(2) as pool:
                assert list(pool.map(Work().square, range(5))) == [0, 1, 4, 9, 16]
                failed = pool.submit(int, "x")
            assert isinstance(failed.exception(), ValueError)
        """)

    def test_handles_and_low_level_threads(self):
        self.check("""
            import _thread
            done = []
            idents = {_thread.start_new_thread(done.append, (1,)), _thread.start_new_thread(sys.exit, (1,))}
            time.sleep(0)
            assert done == [1] and len(idents) == 2
            thread = threading.Thread(target=print)
            handle = _thread.start_joinable_thread(print)
            def start_again(): _thread.start_joinable_thread(print, handle)
            for wrong in (thread._handle.join, thread._handle._set_done, start_again):
                try: wrong()
                except RuntimeError: pass
                else: raise AssertionError(wrong)
            handle.join()
            assert threading.get_native_id() == threading.get_ident()
        """)


if __name__ == "__main__":
    unittest.main()
