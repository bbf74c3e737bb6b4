/* Threads: the part of POSIX that CPython uses, for one processor. Each thread has a stack of its own and runs until it
 * waits, ends, or has had its turn; so a lock of CPython's, its GIL among them, is what it is on any machine.
 *
 * A stack is two: the native one, a continuation of WebAssembly's stack switching, and the one in this memory that C
 * variables with an address are on. The instructions for the former have no form in C: the host's pass over the module
 * (src/sandbox/switch.rs) puts functions in place of the three imports below.
 *
 * The main thread is on the stack that the host calls. While it waits it gives out the turns: `run_others` resumes one
 * thread after the other, in the order in which they became ready, until it is its own turn again. All waiting is
 * `wait_in`: for somebody who wakes the thread, for a time, or both. Who waits for a pipe or a lock of a file waits for
 * whoever reads, writes, unlocks or closes next, and looks again. A timer of signals.c ends the main thread's wait. Threads
 * that wait for sockets, and for files beside them (net.c), are in `polling`: when nobody can go on, the host is asked once for all of their sockets,
 * until the first time that a thread, or a timer, waits for.
 *
 * A native stack is not part of an image. `capture` below takes the threads off theirs at the end of an init.
 *
 * The module `_wasmlam_threads` is for platform/threads/threads.py:
 *
 *   run_ready(seconds)     lets the others go on until all of them wait, or the time is over
 *   capture()              makes them part of the image; the identifiers of those for which that cannot be done
 *   on_standstill(f)       f() is called when all threads wait, and none of them for a time
 */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>
#include "cpython/pthread_stubs.h"
#include "pycore_ceval.h"
#include "pycore_frame.h"
#include "pycore_pystate.h"
#include "pycore_runtime.h"
#include "pycore_time.h"
#include "modules.h"
#include "net.h"
#include "signals.h"

#define IMPORT(name) __attribute__((import_module("wasmlam_threads"), import_name(#name)))

/* Makes a continuation for this slot; 0, or -1 where the host has no stack switching. */
IMPORT(create) int switch_create(int slot);
/* Goes on with it until it calls `suspend`, or `wasmlam_thread` has returned. `stack` is where one that begins starts. */
IMPORT(resume) void switch_resume(int slot, void *stack);
/* Goes back to who resumed the calling one. */
IMPORT(suspend) void switch_suspend(void);

/* Fills in which sockets are ready. Waits for one until the deadline, by the monotonic clock in nanoseconds; 0: does not. */
__attribute__((import_module("wasmlam_net"), import_name("poll"))) int host_poll(struct net_entry *entries, int count, int64_t deadline);

#define MOST_THREADS 1024 /* as many as a Lambda function may have */
#define FOREVER INT64_MAX
#define STANDSTILL (24 * 3600 * 1000000000LL) /* longer than any call */

/* Bytes of a thread's stack in this memory. CPython's limit of recursion in C is less on a smaller stack, by LEVEL bytes for
 * each unit: chains of functools.partial take 2007, the most of what was tried (sorted 1782, eval and max 1061, re 754).
 * Below is GUARD, with a pattern that is looked at. */
#define STACK (768 << 10)
#define LARGEST_STACK (4 << 20)
#define SMALLEST_STACK (32 << 10)
#define LEVEL 2112
#define GUARD (16 << 10)
#define GUARD_STEP 1024
#define PATTERN 0x5ac3a17e

struct queue {
    struct thread *first, *last;
};

enum wake { AT_WORK, CALLED, TIME_IS_UP, INTERRUPTED };

struct thread {
    struct thread *next, *previous; /* in `queue` */
    struct queue *queue; /* where it waits to be called, or `ready`; NULL: neither */
    struct thread *later, *sooner; /* among those that wait for a time, earliest first */
    int64_t deadline; /* by the monotonic clock, in nanoseconds; FOREVER: none */
    int is_timed;
    enum wake wake; /* what ended its last wait */
    struct thread *next_of_all, *previous_of_all;
    int slot; /* of its continuation; -1: it has none, or none any more */
    int has_begun;
    char *stack; /* GUARD + stack_size bytes */
    size_t stack_size;
    void *(*function)(void *);
    void *argument;
    int has_ended, is_detached;
    struct queue joiners;
    unsigned long native_id;
    uint64_t blocked; /* signals */
    const void *values[PTHREAD_KEYS_MAX];
    struct net_entry *entries; /* what it waits for in `polling` */
    int entry_count, file_count; /* sockets, and the files after them */
    /* In an image: */
    int is_captured;
    struct _PyInterpreterFrame *paused;
    PyObject *waited_with, *waited_for; /* the function that it waited in, and the arguments to go on waiting with */
};

static struct thread main_thread = { .deadline = FOREVER, .slot = -1 };
static struct thread *running = &main_thread;
static struct queue ready, polling;
static struct thread *first_timed;
static struct thread *all; /* but the main thread */
static int count;
static unsigned long threads_made;

static int slots_made, idle_slots[MOST_THREADS], idle_count;

/* ------------------------------------------------------------------------------------------------------------ time */

static int64_t now(void)
{
    __wasi_timestamp_t time = 0;
    (void)__wasi_clock_time_get(__WASI_CLOCKID_MONOTONIC, 1, &time);
    return (int64_t)time;
}

int64_t wasmlam_now(void) { return now(); }

__wasi_errno_t __real___wasi_poll_oneoff(const __wasi_subscription_t *, __wasi_event_t *, __wasi_size_t, __wasi_size_t *);

/* Nobody can go on before this time: the sandbox waits. */
static void sleep_until(int64_t deadline)
{
    __wasi_subscription_t sleep = { .u.tag = __WASI_EVENTTYPE_CLOCK };
    sleep.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    sleep.u.u.clock.timeout = (__wasi_timestamp_t)deadline;
    sleep.u.u.clock.flags = __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME;
    __wasi_event_t event;
    __wasi_size_t events;
    (void)__real___wasi_poll_oneoff(&sleep, &event, 1, &events);
}

/* ---------------------------------------------------------------------------------------------------------- queues */

static void join_queue(struct queue *queue, struct thread *thread)
{
    thread->queue = queue;
    thread->next = NULL;
    thread->previous = queue->last;
    if (queue->last)
        queue->last->next = thread;
    else
        queue->first = thread;
    queue->last = thread;
}

static void leave_queue(struct thread *thread)
{
    struct queue *queue = thread->queue;
    if (!queue)
        return;
    if (thread->previous)
        thread->previous->next = thread->next;
    else
        queue->first = thread->next;
    if (thread->next)
        thread->next->previous = thread->previous;
    else
        queue->last = thread->previous;
    thread->queue = NULL;
}

static void set_deadline(struct thread *thread, int64_t deadline)
{
    struct thread *before = NULL, *after = first_timed;
    while (after && after->deadline <= deadline) {
        before = after;
        after = after->later;
    }
    thread->deadline = deadline;
    thread->is_timed = 1;
    thread->sooner = before;
    thread->later = after;
    if (before)
        before->later = thread;
    else
        first_timed = thread;
    if (after)
        after->sooner = thread;
}

static void clear_deadline(struct thread *thread)
{
    if (!thread->is_timed)
        return;
    if (thread->sooner)
        thread->sooner->later = thread->later;
    else
        first_timed = thread->later;
    if (thread->later)
        thread->later->sooner = thread->sooner;
    thread->is_timed = 0;
}

/* ----------------------------------------------------------------------------------------------------------- turns */

int PyThread_LooksLeft;
static int looks = 64; /* between two questions */
static int64_t turn_began, asked_at; /* 0: not known yet */

static void begin_turn(struct thread *thread)
{
    running = thread;
    turn_began = 0;
    PyThread_LooksLeft = looks;
}

static int is_frozen; /* from `capture` to a restore: whoever goes on now is not in the image */

/* Timers are others too. Nobody is given a turn while the interpreter is taken down: it would end there. */
int PyThread_OthersWait(void)
{
    return (ready.first || first_timed || polling.first || wasmlam_timers_are_set()) && !is_frozen && !_PyRuntimeState_GetFinalizing(&_PyRuntime);
}

/* Who evaluates Python code now has to count its looks. */
static void want_turns(void)
{
    PyThreadState *state = _PyThreadState_GET();
    if (state)
        _Py_set_eval_breaker_bit(state, _PY_EVAL_TURN_BIT);
}

/* After a restore. */
void wasmlam_threads_go_on(void)
{
    is_frozen = 0;
    wasmlam_signals_go_on();
    if (PyThread_OthersWait())
        want_turns();
}

void wasmlam_timer_was_set(void) { want_turns(); }

static void wake(struct thread *thread, enum wake reason)
{
    leave_queue(thread);
    clear_deadline(thread);
    thread->wake = reason;
    join_queue(&ready, thread);
    want_turns();
}

static void wake_timed(int64_t time)
{
    while (first_timed && first_timed->deadline <= time)
        wake(first_timed, TIME_IS_UP);
}

/* --------------------------------------------------------------------------------------------------------- sockets */

#define BETWEEN_LOOKS 1000000 /* nanoseconds, at least, between two looks at the sockets while somebody runs */
static int64_t looked_at; /* at the sockets */

static int sockets_waited_for(void)
{
    int all_entries = 0;
    for (const struct thread *thread = polling.first; thread; thread = thread->next)
        all_entries += thread->entry_count;
    return all_entries;
}

/* Asks the host about all sockets that threads wait for, and wakes those threads for which one is ready. */
static void look_at_sockets(int64_t deadline)
{
    static struct net_entry *gathered;
    static int room;
    int total = sockets_waited_for(), at = 0;
    if (total > room) {
        struct net_entry *larger = realloc(gathered, (size_t)total * sizeof *gathered);
        if (!larger) {
            /* No memory for the question: each thread looks for itself. */
            while (polling.first)
                wake(polling.first, CALLED);
            return;
        }
        gathered = larger;
        room = total;
    }
    for (struct thread *thread = polling.first; thread; thread = thread->next) {
        if (thread->entry_count)
            memcpy(gathered + at, thread->entries, (size_t)thread->entry_count * sizeof *gathered);
        at += thread->entry_count;
    }
    (void)host_poll(gathered, total, deadline);
    looked_at = now();
    at = 0;
    for (struct thread *thread = polling.first, *next; thread; thread = next) {
        next = thread->next;
        int is_ready = 0;
        for (int i = 0; i < thread->entry_count; i++, at++) {
            thread->entries[i].ready = gathered[at].ready;
            is_ready |= gathered[at].ready;
        }
        if (is_ready)
            wake(thread, CALLED);
    }
}

static void look_at_sockets_at_times(int64_t time)
{
    if (polling.first && time - looked_at >= BETWEEN_LOOKS && sockets_waited_for())
        look_at_sockets(0);
}

/* Fills in which of these files are ready; how many. */
static int look_at_files(struct net_entry *files, int count)
{
    __wasi_size_t asked_count = 0, found_count = 0;
    int ready = 0;
    __wasi_subscription_t *asked = calloc(2 * (size_t)count + 1, sizeof *asked + sizeof(__wasi_event_t));
    if (!asked)
        return 0;
    __wasi_event_t *found = (__wasi_event_t *)(asked + 2 * count + 1);
    for (int i = 0; i < count; i++) {
        files[i].ready = 0;
        for (int writes = 0; writes < 2; writes++) {
            /* Who wants neither still wants to know of an error: asked for as a reader. */
            if (!(files[i].wanted & (writes ? POLLOUT : POLLIN)) && (writes || files[i].wanted & POLLOUT))
                continue;
            asked[asked_count].userdata = (__wasi_userdata_t)i;
            asked[asked_count].u.tag = writes ? __WASI_EVENTTYPE_FD_WRITE : __WASI_EVENTTYPE_FD_READ;
            asked[asked_count++].u.u.fd_read.file_descriptor = (__wasi_fd_t)files[i].handle;
        }
    }
    asked[asked_count].u.tag = __WASI_EVENTTYPE_CLOCK; /* no wait */
    asked[asked_count++].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
    if (__real___wasi_poll_oneoff(asked, found, asked_count, &found_count) != 0)
        found_count = 0;
    for (__wasi_size_t i = 0; i < found_count; i++) {
        if (found[i].type == __WASI_EVENTTYPE_CLOCK)
            continue;
        struct net_entry *file = &files[found[i].userdata];
        int is_reader = found[i].type == __WASI_EVENTTYPE_FD_READ;
        if (found[i].error == __WASI_ERRNO_BADF)
            file->ready |= POLLNVAL;
        else if (found[i].error)
            file->ready |= POLLERR | (file->wanted & POLLOUT);
        else if (is_reader && found[i].fd_readwrite.flags & __WASI_EVENTRWFLAGS_FD_READWRITE_HANGUP)
            file->ready |= POLLHUP | (found[i].fd_readwrite.nbytes ? file->wanted & POLLIN : 0);
        else
            file->ready |= file->wanted & (is_reader ? POLLIN : POLLOUT);
    }
    for (int i = 0; i < count; i++)
        ready += files[i].ready != 0;
    free(asked);
    return ready;
}

void net_wake(void)
{
    while (polling.first)
        wake(polling.first, CALLED);
}

/* A turn ends by the clock (under --deterministic, one that counts operators), which costs a call of the host. So it is
 * asked each so many looks, in a number that makes it some ten to twenty times in a turn. */
int PyThread_LookAtTurn(unsigned long interval)
{
    if (!PyThread_OthersWait())
        return PyThread_IS_ALONE;
    int64_t time = now(), turn = (int64_t)interval * 1000;
    if (!turn_began) {
        turn_began = time;
    }
    else if ((time - asked_at) * 20 < turn) {
        looks = looks < 4096 ? looks * 2 : looks;
    }
    else if ((time - asked_at) * 10 > turn) {
        looks = looks / 4 + 1;
    }
    asked_at = time;
    PyThread_LooksLeft = looks;
    wake_timed(time);
    look_at_sockets_at_times(time);
    if (wasmlam_timers_are_set())
        (void)wasmlam_look_at_timers(time);
    return ready.first && time - turn_began >= turn ? PyThread_TURN_IS_OVER : PyThread_TURN_GOES_ON;
}

/* ------------------------------------------------------------------------------------------------------- switching */

/* What each continuation runs, again and again, for the thread that it is resumed with. */
__attribute__((export_name("wasmlam_thread"))) void wasmlam_thread(void)
{
    struct thread *thread = running;
    (void)thread->function(thread->argument);
    running->has_ended = 1;
}

static void free_thread(struct thread *thread)
{
    if (thread->next_of_all)
        thread->next_of_all->previous_of_all = thread->previous_of_all;
    if (thread->previous_of_all)
        thread->previous_of_all->next_of_all = thread->next_of_all;
    else
        all = thread->next_of_all;
    free(thread);
}

static char *new_stack(size_t size)
{
    char *stack = malloc(GUARD + size);
    for (size_t at = 0; stack && at < GUARD; at += GUARD_STEP)
        *(unsigned *)(stack + at) = PATTERN;
    return stack;
}

static void check_guard(const struct thread *thread)
{
    for (size_t at = 0; at < GUARD; at += GUARD_STEP)
        if (*(const unsigned *)(thread->stack + at) != PATTERN)
            Py_FatalError("wasmlam: a thread has used more than its stack");
}

/* Gives it a continuation: one that an ended thread has left, or a new one. */
static int take_slot(struct thread *thread)
{
    if (idle_count > 0)
        thread->slot = idle_slots[--idle_count];
    else if (switch_create(slots_made) == 0)
        thread->slot = slots_made++;
    return thread->slot;
}

/* On the main stack: the thread's turn. */
static void run(struct thread *thread)
{
    if (thread->slot < 0 && take_slot(thread) < 0)
        Py_FatalError("wasmlam: a thread that the init left cannot be given a stack");
    thread->has_begun = 1;
    begin_turn(thread);
    switch_resume(thread->slot, thread->stack + GUARD + thread->stack_size);
    running = &main_thread;
    check_guard(thread);
    if (!thread->has_ended)
        return;
    idle_slots[idle_count++] = thread->slot;
    thread->slot = -1;
    free(thread->stack);
    thread->stack = NULL;
    if (thread->is_captured) {
        thread->has_ended = thread->has_begun = 0;
        return;
    }
    count--;
    while (thread->joiners.first)
        wake(thread->joiners.first, CALLED);
    if (thread->is_detached)
        free_thread(thread);
}

static PyObject *on_standstill;
static int has_reported;

/* All wait, and nobody for a time: on AWS too the function's time runs out. */
static void stand_still(void)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Main());
    while (state && state->thread_id != (unsigned long)(uintptr_t)&main_thread)
        state = PyThreadState_Next(state);
    if (has_reported || !on_standstill || !state || _PyThreadState_GET()) {
        sleep_until(now() + STANDSTILL);
        return;
    }
    has_reported = 1;
    running = &main_thread;
    PyEval_AcquireThread(state);
    PyObject *error = PyErr_GetRaisedException();
    PyObject *done = PyObject_CallNoArgs(on_standstill);
    if (!done)
        PyErr_Clear();
    Py_XDECREF(done);
    PyErr_SetRaisedException(error);
    PyEval_ReleaseThread(state);
}

/* The main thread gives out turns until it is its own. */
static void run_others(void)
{
    for (;;) {
        if (first_timed || polling.first || wasmlam_next_alarm != FOREVER) {
            int64_t time = now();
            wake_timed(time);
            if (time >= wasmlam_next_alarm)
                (void)wasmlam_look_at_timers(time);
            if (ready.first)
                look_at_sockets_at_times(time);
        }
        struct thread *next = ready.first;
        if (!next) {
            int64_t deadline = first_timed && first_timed->deadline < wasmlam_next_alarm ? first_timed->deadline : wasmlam_next_alarm;
            if (sockets_waited_for())
                look_at_sockets(deadline);
            else if (deadline != FOREVER)
                sleep_until(deadline);
            else
                stand_still();
            continue;
        }
        leave_queue(next);
        if (next == &main_thread) {
            begin_turn(next);
            return;
        }
        run(next);
    }
}

static int main_waits;

static void switch_away(void)
{
    int error = errno;
    if (running == &main_thread) {
        main_waits = 1;
        run_others();
        main_waits = 0;
    }
    else
        switch_suspend();
    errno = error;
}

/* Waits until somebody calls one who waits in `queue` (NULL: nobody does), or until the deadline. */
static enum wake wait_in(struct queue *queue, int64_t deadline)
{
    struct thread *self = running;
    self->wake = AT_WORK;
    if (queue)
        join_queue(queue, self);
    if (deadline != FOREVER)
        set_deadline(self, deadline);
    switch_away();
    return self->wake;
}

int net_wait(struct net_entry *entries, int count, int files, int64_t nanoseconds)
{
    struct thread *self = running;
    int is_ready = files && look_at_files(entries + count, files);
    if (nanoseconds == 0 || is_ready) {
        if (count)
            (void)host_poll(entries, count, 0);
        return 0;
    }
    self->entries = entries;
    self->entry_count = count;
    self->file_count = files;
    enum wake reason = wait_in(&polling, nanoseconds < 0 ? FOREVER : _PyTime_Add(now(), nanoseconds));
    self->entries = NULL;
    self->entry_count = self->file_count = 0;
    if (files)
        (void)look_at_files(entries + count, files);
    return reason == INTERRUPTED ? -1 : 0;
}

void PyThread_Yield(void)
{
    if (first_timed || polling.first) {
        int64_t time = now();
        wake_timed(time);
        look_at_sockets_at_times(time);
    }
    if (!ready.first)
        return;
    join_queue(&ready, running);
    switch_away();
}

/* --------------------------------------------------------------------------------------------------------- signals */

static struct queue for_a_signal; /* who waits for one */

uint64_t *wasmlam_blocked_signals(void) { return &running->blocked; }

int wasmlam_wait_for_signal(int64_t deadline)
{
    return wait_in(&for_a_signal, deadline) == INTERRUPTED ? -1 : 0;
}

/* A handler ends what the main thread waits in; it is where Python's own handlers run. */
void wasmlam_signal_came(int was_handled)
{
    if (was_handled && main_waits && main_thread.queue != &ready)
        wake(&main_thread, INTERRUPTED);
    while (for_a_signal.first)
        wake(for_a_signal.first, CALLED);
}

/* --------------------------------------------------------------------------------------------------- POSIX threads */

struct mutex {
    int is_locked;
    struct queue waiting;
};

struct condition {
    struct queue waiting;
    int is_monotonic;
};

_Static_assert(sizeof(struct mutex) <= sizeof(pthread_mutex_t), "a mutex fits");
_Static_assert(sizeof(struct condition) <= sizeof(pthread_cond_t), "a condition fits");

int pthread_mutex_init(pthread_mutex_t *restrict mutex, const pthread_mutexattr_t *restrict attributes)
{
    (void)attributes;
    memset(mutex, 0, sizeof *mutex);
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    (void)mutex;
    return 0;
}

int pthread_mutex_trylock(pthread_mutex_t *pthread_mutex)
{
    struct mutex *mutex = (struct mutex *)pthread_mutex;
    if (mutex->is_locked)
        return EBUSY;
    mutex->is_locked = 1;
    return 0;
}

int pthread_mutex_lock(pthread_mutex_t *pthread_mutex)
{
    struct mutex *mutex = (struct mutex *)pthread_mutex;
    while (mutex->is_locked)
        (void)wait_in(&mutex->waiting, FOREVER);
    mutex->is_locked = 1;
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *pthread_mutex)
{
    struct mutex *mutex = (struct mutex *)pthread_mutex;
    mutex->is_locked = 0;
    if (mutex->waiting.first)
        wake(mutex->waiting.first, CALLED);
    return 0;
}

int pthread_condattr_init(pthread_condattr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attributes, clockid_t clock)
{
    attributes->__attr = clock == CLOCK_MONOTONIC;
    return 0;
}

int pthread_cond_init(pthread_cond_t *restrict condition, const pthread_condattr_t *restrict attributes)
{
    memset(condition, 0, sizeof *condition);
    ((struct condition *)condition)->is_monotonic = attributes && attributes->__attr;
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
    (void)condition;
    return 0;
}

static int wait_for_condition(struct condition *condition, pthread_mutex_t *mutex, int64_t deadline)
{
    pthread_mutex_unlock(mutex);
    enum wake reason = wait_in(&condition->waiting, deadline);
    pthread_mutex_lock(mutex);
    return reason == TIME_IS_UP ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex)
{
    return wait_for_condition((struct condition *)condition, mutex, FOREVER);
}

int pthread_cond_timedwait(pthread_cond_t *restrict pthread_condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict time)
{
    struct condition *condition = (struct condition *)pthread_condition;
    PyTime_t deadline;
    if (time->tv_sec >= FOREVER / 1000000000 - 1)
        return wait_for_condition(condition, mutex, FOREVER);
    deadline = (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
    if (!condition->is_monotonic) {
        __wasi_timestamp_t wall = 0;
        (void)__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &wall);
        deadline = _PyTime_Add(now(), deadline - (int64_t)wall);
    }
    return wait_for_condition(condition, mutex, deadline);
}

int pthread_cond_signal(pthread_cond_t *condition)
{
    struct queue *waiting = &((struct condition *)condition)->waiting;
    if (waiting->first)
        wake(waiting->first, CALLED);
    return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
    struct queue *waiting = &((struct condition *)condition)->waiting;
    while (waiting->first)
        wake(waiting->first, CALLED);
    return 0;
}

int pthread_attr_init(pthread_attr_t *attributes)
{
    memset(attributes, 0, sizeof *attributes);
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attributes)
{
    (void)attributes;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size)
{
    if (size < SMALLEST_STACK)
        return EINVAL;
    *(size_t *)attributes = size;
    return 0;
}

int pthread_create(pthread_t *restrict made, const pthread_attr_t *restrict attributes, void *(*function)(void *),
                   void *restrict argument)
{
    if (count >= MOST_THREADS - 1)
        return EAGAIN;
    size_t size = attributes ? *(const size_t *)attributes : 0;
    size = size == 0 ? STACK : size > LARGEST_STACK ? LARGEST_STACK : (size + 15) & ~(size_t)15;
    struct thread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return EAGAIN;
    thread->slot = -1;
    thread->stack_size = size;
    thread->stack = new_stack(size);
    if (!thread->stack || take_slot(thread) < 0) {
        free(thread->stack);
        free(thread);
        return EAGAIN;
    }
    thread->deadline = FOREVER;
    thread->function = function;
    thread->argument = argument;
    thread->native_id = ++threads_made;
    thread->blocked = running->blocked;
    thread->next_of_all = all;
    if (all)
        all->previous_of_all = thread;
    all = thread;
    count++;
    join_queue(&ready, thread);
    want_turns();
    *made = (pthread_t)thread;
    return 0;
}

int pthread_detach(pthread_t pthread)
{
    struct thread *thread = (struct thread *)pthread;
    if (thread->has_ended)
        free_thread(thread);
    else
        thread->is_detached = 1;
    return 0;
}

int pthread_join(pthread_t pthread, void **result)
{
    struct thread *thread = (struct thread *)pthread;
    while (!thread->has_ended)
        (void)wait_in(&thread->joiners, FOREVER);
    free_thread(thread);
    if (result)
        *result = NULL;
    return 0;
}

pthread_t pthread_self(void)
{
    return (pthread_t)running;
}

/* Only for threads that come back to an interpreter that is being taken down. */
void pthread_exit(void *result)
{
    (void)result;
    for (;;)
        (void)wait_in(NULL, FOREVER);
}

static int key_is_used[PTHREAD_KEYS_MAX];

int pthread_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    if (destructor)
        return EINVAL; /* CPython has none */
    for (pthread_key_t free = 0; free < PTHREAD_KEYS_MAX; free++) {
        if (!key_is_used[free]) {
            key_is_used[free] = 1;
            *key = free;
            return 0;
        }
    }
    return EAGAIN;
}

int pthread_key_delete(pthread_key_t key)
{
    if (key >= PTHREAD_KEYS_MAX || !key_is_used[key])
        return EINVAL;
    key_is_used[key] = 0;
    main_thread.values[key] = NULL;
    for (struct thread *thread = all; thread; thread = thread->next_of_all)
        thread->values[key] = NULL;
    return 0;
}

void *pthread_getspecific(pthread_key_t key)
{
    return key < PTHREAD_KEYS_MAX ? (void *)running->values[key] : NULL;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (key >= PTHREAD_KEYS_MAX || !key_is_used[key])
        return EINVAL;
    running->values[key] = value;
    return 0;
}

unsigned long PyThread_NativeId(void)
{
    return (unsigned long)getpid() + running->native_id;
}

int PyThread_RecursionLimit(void)
{
    if (running == &main_thread)
        return Py_C_RECURSION_LIMIT;
    size_t limit = running->stack_size / LEVEL;
    return limit < Py_C_RECURSION_LIMIT ? (int)limit : Py_C_RECURSION_LIMIT;
}

/* -------------------------------------------------------------------------------------------- the C library's waits */

/* Whoever waits for a pipe or for a lock of a file. */
static struct queue for_a_file;

static void file_changed(void)
{
    while (for_a_file.first)
        wake(for_a_file.first, CALLED);
    for (struct thread *thread = polling.first, *next; thread; thread = next) {
        next = thread->next;
        if (thread->file_count)
            wake(thread, CALLED);
    }
}

static int is_blocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && !(flags & O_NONBLOCK);
}

/* What follows wraps the places where the C library waits (build.sh says so to the linker). Errors are Linux's. */
__wasi_errno_t __real___wasi_fd_read(__wasi_fd_t, const __wasi_iovec_t *, size_t, __wasi_size_t *);
__wasi_errno_t __real___wasi_fd_write(__wasi_fd_t, const __wasi_ciovec_t *, size_t, __wasi_size_t *);
__wasi_errno_t __real___wasi_fd_close(__wasi_fd_t);
int __real_flock(int, int);
int __real_dup2(int, int);
int __real_dup3(int, int, int);

__wasi_errno_t __wrap___wasi_fd_read(__wasi_fd_t fd, const __wasi_iovec_t *vectors, size_t count, __wasi_size_t *done)
{
    for (;;) {
        __wasi_errno_t error = __real___wasi_fd_read(fd, vectors, count, done);
        if (error == 0)
            file_changed();
        if (error != EAGAIN || !is_blocking((int)fd))
            return error;
        if (wait_in(&for_a_file, FOREVER) == INTERRUPTED)
            return EINTR;
    }
}

#define MOST_VECTORS 16

/* A pipe takes what fits, but its writer waits until it has taken all. */
static __wasi_errno_t write_rest(__wasi_fd_t fd, const __wasi_ciovec_t *vectors, size_t count, __wasi_size_t *done)
{
    struct stat status;
    if (count > MOST_VECTORS || !is_blocking((int)fd) || fstat((int)fd, &status) < 0 || !S_ISFIFO(status.st_mode))
        return 0;
    __wasi_ciovec_t rest[MOST_VECTORS];
    size_t skip = *done, left = 0;
    for (size_t i = 0; i < count; i++) {
        size_t part = vectors[i].buf_len < skip ? vectors[i].buf_len : skip;
        skip -= part;
        if (part < vectors[i].buf_len)
            rest[left++] = (__wasi_ciovec_t){ .buf = vectors[i].buf + part, .buf_len = vectors[i].buf_len - part };
    }
    __wasi_size_t more = 0;
    if (left > 0 && __wasi_fd_write(fd, rest, left, &more) == 0)
        *done += more;
    return 0;
}

__wasi_errno_t __wrap___wasi_fd_write(__wasi_fd_t fd, const __wasi_ciovec_t *vectors, size_t count, __wasi_size_t *done)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += vectors[i].buf_len;
    for (;;) {
        __wasi_errno_t error = __real___wasi_fd_write(fd, vectors, count, done);
        if (error == 0) {
            file_changed();
            return *done < size ? write_rest(fd, vectors, count, done) : 0;
        }
        if (error == EPIPE)
            (void)raise(SIGPIPE);
        if (error != EAGAIN || !is_blocking((int)fd))
            return error;
        if (wait_in(&for_a_file, FOREVER) == INTERRUPTED)
            return EINTR;
    }
}

__wasi_errno_t __wrap___wasi_fd_close(__wasi_fd_t fd)
{
    __wasi_errno_t error = __real___wasi_fd_close(fd);
    file_changed();
    return error;
}

int __wrap_dup2(int fd, int to)
{
    int result = __real_dup2(fd, to);
    file_changed();
    return result;
}

int __wrap_dup3(int fd, int to, int flags)
{
    int result = __real_dup3(fd, to, flags);
    file_changed();
    return result;
}

int __wrap_flock(int fd, int operation)
{
    for (;;) {
        int result = __real_flock(fd, operation);
        if (result == 0)
            file_changed();
        if (result == 0 || errno != EAGAIN || (operation & LOCK_NB))
            return result;
        if (wait_in(&for_a_file, FOREVER) == INTERRUPTED) {
            errno = EINTR;
            return -1;
        }
    }
}

/* Sleeps, and polls of descriptors. */
__wasi_errno_t __wrap___wasi_poll_oneoff(const __wasi_subscription_t *subscriptions, __wasi_event_t *events,
                                         __wasi_size_t size, __wasi_size_t *stored)
{
    int is_alone = running == &main_thread && !count && wasmlam_next_alarm == FOREVER;
    const __wasi_subscription_t *timeout = NULL;
    int64_t shortest = FOREVER;
    for (__wasi_size_t i = 0; i < size; i++) {
        if (subscriptions[i].u.tag != __WASI_EVENTTYPE_CLOCK)
            continue;
        const __wasi_subscription_clock_t *clock = &subscriptions[i].u.u.clock;
        int64_t left = clock->timeout > FOREVER ? FOREVER : (int64_t)clock->timeout;
        if (!is_alone && (clock->flags & __WASI_SUBCLOCKFLAGS_SUBSCRIPTION_CLOCK_ABSTIME)) {
            __wasi_timestamp_t time = 0;
            (void)__wasi_clock_time_get(clock->id, 1, &time);
            left -= (int64_t)time;
        }
        if (!timeout || left < shortest)
            timeout = &subscriptions[i], shortest = left;
    }
    int has_files = timeout ? size > 1 : size > 0;
    if (is_alone && (timeout || !has_files))
        return __real___wasi_poll_oneoff(subscriptions, events, size, stored);
    int64_t deadline = !timeout ? FOREVER : _PyTime_Add(now(), shortest > 0 ? shortest : 0);
    for (;;) {
        if (has_files) {
            /* Whether one is ready now. The event of a clock comes only where there is no other. */
            __wasi_subscription_t *asked = malloc((size + 1) * (sizeof *asked + sizeof(__wasi_event_t)));
            if (!asked)
                return ENOMEM;
            __wasi_event_t *found = (__wasi_event_t *)(asked + size + 1);
            __wasi_size_t files = 0;
            for (__wasi_size_t i = 0; i < size; i++)
                if (subscriptions[i].u.tag != __WASI_EVENTTYPE_CLOCK)
                    asked[files++] = subscriptions[i];
            asked[files] = (__wasi_subscription_t){ .u.tag = __WASI_EVENTTYPE_CLOCK };
            asked[files].u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
            __wasi_errno_t error = __real___wasi_poll_oneoff(asked, found, files + 1, stored);
            int has_found = error == 0 && *stored > 0 && found[0].type != __WASI_EVENTTYPE_CLOCK;
            if (has_found)
                memcpy(events, found, *stored * sizeof *events);
            free(asked);
            if (error != 0 || has_found)
                return error;
        }
        enum wake reason = CALLED;
        int64_t time = now();
        if (deadline > time)
            reason = wait_in(has_files ? &for_a_file : NULL, deadline);
        else
            PyThread_Yield();
        if (reason == INTERRUPTED)
            return EINTR;
        if (!has_files || deadline <= time || reason == TIME_IS_UP)
            break;
    }
    memset(events, 0, sizeof *events);
    events->userdata = timeout ? timeout->userdata : 0;
    events->type = __WASI_EVENTTYPE_CLOCK;
    *stored = 1;
    return __WASI_ERRNO_SUCCESS;
}

int sched_yield(void)
{
    if (!_PyThreadState_GET())
        PyThread_Yield();
    return 0;
}

/* ---------------------------------------------------------------------------------------------------------- images */

int PyThread_Capturing;
static PyObject *pause_mark; /* what the function that was waited in returns to frames that pause */

PyObject *PyThread_CaptureWait(PyObject *object, const char *method, int timed)
{
    struct thread *self = running;
    int64_t left = self->deadline - now();
    self->waited_with = PyObject_GetAttrString(object, method);
    if (!self->waited_with)
        return NULL;
    if (PyModule_Check(object)) /* time.sleep */
        self->waited_for = Py_BuildValue("(d)", left > 0 ? (double)left * 1e-9 : 0.0);
    else
        self->waited_for = timed ? Py_BuildValue("(Od)", Py_True, left > 0 ? (double)left * 1e-9 : 0.0) : PyTuple_New(0);
    if (!self->waited_for || !PyEval_RequestPause(PyThreadState_Get()))
        return NULL;
    return Py_NewRef(pause_mark);
}

void PyThread_Captured(void *(*go_on)(void *), void *argument)
{
    running->function = go_on;
    running->argument = argument;
    running->is_captured = 1;
    running->paused = PyEval_PausedFrame;
    PyEval_PausedFrame = NULL;
}

PyObject *PyThread_GoOn(void)
{
    struct thread *self = running;
    PyThreadState *state = PyThreadState_Get();
    struct _PyInterpreterFrame *frame = self->paused;
    PyObject *function = self->waited_with, *arguments = self->waited_for;
    self->paused = NULL;
    self->waited_with = self->waited_for = NULL;
    state->current_frame = frame; /* for those who look where the thread is */
    PyObject *result = PyObject_Call(function, arguments, NULL);
    state->current_frame = NULL;
    if (!result) {
        PyErr_WriteUnraisable(function);
        result = Py_NewRef(Py_None);
    }
    Py_DECREF(function);
    Py_DECREF(arguments);
    Py_SETREF(frame->localsplus[frame->stacktop - 1], result);
    return PyEval_ResumePaused(state, frame);
}

/* Whether Python frames alone stand between the function that the thread waits in and its start. */
static int can_capture(const struct thread *thread)
{
    PyThreadState *state = PyInterpreterState_ThreadHead(PyInterpreterState_Main());
    while (state && state->thread_id != (unsigned long)(uintptr_t)thread)
        state = PyThreadState_Next(state);
    if (!state)
        return 0;
    int calls_from_c = 0;
    for (struct _PyInterpreterFrame *frame = state->current_frame; frame; frame = frame->previous)
        calls_from_c += frame->owner == FRAME_OWNED_BY_CSTACK;
    return calls_from_c == 1;
}

/* Takes a thread off its stack. 0: that cannot be done; the thread may have been woken in vain, and is lost. */
static int capture(struct thread *thread)
{
    if (!thread->has_begun)
        return 1;
    if (thread->queue == &ready || !can_capture(thread))
        return 0;
    int is_detached = thread->is_detached;
    thread->is_detached = 0; /* it stays where it is, should it end now */
    wake(thread, INTERRUPTED);
    leave_queue(thread);
    PyThread_Capturing = 1;
    Py_BEGIN_ALLOW_THREADS
    run(thread);
    Py_END_ALLOW_THREADS
    PyThread_Capturing = 0;
    thread->is_detached = is_detached;
    return thread->is_captured && thread->paused->localsplus[thread->paused->stacktop - 1] == pause_mark;
}

static PyObject *threads_capture(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    if (!pause_mark && !(pause_mark = PyObject_CallNoArgs((PyObject *)&PyBaseObject_Type)))
        return NULL;
    PyObject *left_out = PyList_New(0);
    if (!left_out)
        return NULL;
    struct queue captured = { NULL, NULL };
    struct thread *thread = all, *next;
    while (thread && thread->next_of_all)
        thread = thread->next_of_all; /* the first one that was started */
    for (; thread; thread = next) {
        next = thread->previous_of_all;
        if (thread->has_ended)
            continue; /* and not joined yet */
        if (capture(thread)) {
            leave_queue(thread);
            join_queue(&captured, thread);
            continue;
        }
        leave_queue(thread);
        clear_deadline(thread);
        PyObject *ident = PyLong_FromUnsignedLong((unsigned long)(uintptr_t)thread);
        if (!ident || PyList_Append(left_out, ident) < 0) {
            Py_XDECREF(ident);
            Py_DECREF(left_out);
            return NULL;
        }
        Py_DECREF(ident);
    }
    while ((thread = captured.first)) {
        leave_queue(thread);
        thread->is_captured = 0;
        thread->slot = -1;
        if (!thread->stack && !(thread->stack = new_stack(thread->stack_size))) {
            Py_DECREF(left_out);
            return PyErr_NoMemory();
        }
        join_queue(&ready, thread);
    }
    /* Whoever is made from the image has no continuations yet. */
    slots_made = idle_count = 0;
    is_frozen = 1;
    return left_out;
}

/* -------------------------------------------------------------------------------------------------------- a module */

static PyObject *threads_run_ready(PyObject *module, PyObject *seconds)
{
    (void)module;
    double limit = PyFloat_AsDouble(seconds);
    if (PyErr_Occurred())
        return NULL;
    has_reported = 0;
    if (running == &main_thread && PyThread_OthersWait()) {
        Py_BEGIN_ALLOW_THREADS
        int64_t end = now() + (int64_t)(limit * 1e9);
        do {
            wake_timed(now());
            if (!ready.first && sockets_waited_for())
                look_at_sockets(0);
            if (!ready.first)
                break;
            PyThread_Yield();
        } while (now() < end);
        Py_END_ALLOW_THREADS
    }
    Py_RETURN_NONE;
}

static PyObject *threads_on_standstill(PyObject *module, PyObject *function)
{
    (void)module;
    Py_XSETREF(on_standstill, Py_NewRef(function));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    { "run_ready", threads_run_ready, METH_O, NULL },
    { "capture", threads_capture, METH_NOARGS, NULL },
    { "on_standstill", threads_on_standstill, METH_O, NULL },
    { NULL, NULL, 0, NULL },
};

static PyModuleDef module = { PyModuleDef_HEAD_INIT, .m_name = "_wasmlam_threads", .m_size = -1, .m_methods = methods };

PyObject *init_wasmlam_threads(void)
{
    return PyModule_Create(&module);
}
