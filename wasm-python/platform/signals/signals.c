/* Signals inside one process, as POSIX has them. Whoever raises one runs its handler at once, unless it is blocked. Nobody
 * else sends any, but the timers do: these are looked at where Python's evaluation looks whether there is something to
 * be done (threads.c counts its looks), and where a thread waits. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>
#include "signals.h"

#define COUNT 64
#define BIT(signal) ((uint64_t)1 << ((signal) - 1))
#define NEVER INT64_MAX
#define SECOND 1000000000LL
/* Those that nobody can handle, ignore or block. */
#define STUBBORN (BIT(SIGKILL) | BIT(SIGSTOP))

static struct sigaction actions[COUNT + 1];
static uint64_t pending;
static struct { int code, value; } details[COUNT + 1];

/* Their addresses are what SIG_ERR and SIG_IGN are: 1 and -1 can be functions here. */
void __SIG_IGN(int signal) { (void)signal; }
void __SIG_ERR(int signal) { (void)signal; }

static int is_valid(int signal)
{
    if (signal >= 1 && signal <= COUNT)
        return 1;
    errno = EINVAL;
    return 0;
}

/* ------------------------------------------------------------------------------------------------------------ sets */

static uint64_t bits(const sigset_t *set)
{
    return (uint64_t)set->__bits[0] | (uint64_t)set->__bits[1] << 32;
}

static void set_bits(sigset_t *set, uint64_t value)
{
    memset(set, 0, sizeof *set);
    set->__bits[0] = (unsigned long)value;
    set->__bits[1] = (unsigned long)(value >> 32);
}

int sigemptyset(sigset_t *set) { set_bits(set, 0); return 0; }
int sigfillset(sigset_t *set) { set_bits(set, ~(uint64_t)0); return 0; }
int sigisemptyset(const sigset_t *set) { return bits(set) == 0; }

int sigaddset(sigset_t *set, int signal)
{
    if (!is_valid(signal))
        return -1;
    set_bits(set, bits(set) | BIT(signal));
    return 0;
}

int sigdelset(sigset_t *set, int signal)
{
    if (!is_valid(signal))
        return -1;
    set_bits(set, bits(set) & ~BIT(signal));
    return 0;
}

int sigismember(const sigset_t *set, int signal)
{
    return is_valid(signal) ? (bits(set) & BIT(signal)) != 0 : -1;
}

int __libc_current_sigrtmin(void) { return 34; } /* glibc keeps the first two for itself */
int __libc_current_sigrtmax(void) { return COUNT; }

/* -------------------------------------------------------------------------------------------------------- delivery */

static void default_action(int signal)
{
    switch (signal) {
    case SIGCHLD:
    case SIGCONT:
    case SIGURG:
    case SIGWINCH:
        return;
    case SIGSTOP:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
        /* It stands still, and nobody is there to let it go on: the function's time runs out. */
        for (;;) {
            __wasi_subscription_t sleep = { .u.tag = __WASI_EVENTTYPE_CLOCK };
            sleep.u.u.clock.id = __WASI_CLOCKID_MONOTONIC;
            sleep.u.u.clock.timeout = INT64_MAX;
            __wasi_event_t event;
            __wasi_size_t count;
            (void)__wasi_poll_oneoff(&sleep, &event, 1, &count);
        }
    default:
        abort();
    }
}

/* Handles what is pending and not blocked; true if a handler ran. */
static int deliver(void)
{
    int handled = 0;
    for (;;) {
        uint64_t *blocked = wasmlam_blocked_signals();
        uint64_t now = pending & (~*blocked | STUBBORN);
        if (!now)
            return handled;
        int signal = __builtin_ctzll(now) + 1;
        pending &= ~BIT(signal);
        struct sigaction action = actions[signal];
        if (action.sa_handler == SIG_IGN)
            continue;
        if (action.sa_handler == SIG_DFL) {
            default_action(signal);
            continue;
        }
        if (action.sa_flags & SA_RESETHAND)
            actions[signal].sa_handler = SIG_DFL;
        uint64_t before = *blocked;
        *blocked |= (bits(&action.sa_mask) | (action.sa_flags & SA_NODEFER ? 0 : BIT(signal))) & ~STUBBORN;
        int error = errno;
        if (action.sa_flags & SA_SIGINFO) {
            siginfo_t info = { .si_signo = signal, .si_code = details[signal].code };
            info.si_pid = getpid();
            info.si_uid = getuid();
            action.sa_sigaction(signal, &info, NULL);
        } else {
            action.sa_handler(signal);
        }
        errno = error;
        *blocked = before;
        handled = 1;
    }
}

static int send(int signal, int code, int value)
{
    if (!(pending & BIT(signal)))
        details[signal].code = code, details[signal].value = value;
    pending |= BIT(signal);
    int handled = deliver();
    wasmlam_signal_came(handled);
    return handled;
}

int raise(int signal)
{
    if (!is_valid(signal))
        return -1;
    (void)send(signal, SI_TKILL, 0);
    return 0;
}

/* The host learns of an attempt on another process by a path that is never there (shims/_wasmlam_attempts.py). */
static void note_attempt(pid_t process)
{
    char path[80];
    int error = errno;
    snprintf(path, sizeof path, "/dev/wasmlam-attempt/process:signal process %d", (int)process);
    int fd = open(path, O_RDONLY);
    if (fd >= 0)
        close(fd);
    errno = error;
}

/* There is one process, the only one of its group and session. */
static int queue(pid_t process, int signal, int code, int value)
{
    if (signal != 0 && !is_valid(signal))
        return -1;
    if (process != 0 && process != getpid()) {
        note_attempt(process);
        errno = ESRCH;
        return -1;
    }
    if (signal != 0)
        (void)send(signal, code, value);
    return 0;
}

int kill(pid_t process, int signal) { return queue(process, signal, SI_USER, 0); }
int killpg(pid_t group, int signal) { return queue(group == getpgrp() ? 0 : group, signal, SI_USER, 0); }
int sigqueue(pid_t process, int signal, const union sigval value) { return queue(process, signal, SI_QUEUE, value.sival_int); }

int pthread_kill(pthread_t thread, int signal)
{
    (void)thread; /* whoever runs handles it, as CPython's main thread does in the end */
    if (signal == 0)
        return 0;
    if (!is_valid(signal))
        return EINVAL;
    (void)send(signal, SI_TKILL, 0);
    return 0;
}

int sigaction(int signal, const struct sigaction *restrict new, struct sigaction *restrict old)
{
    if (!is_valid(signal))
        return -1;
    if (new && (BIT(signal) & STUBBORN)) {
        errno = EINVAL;
        return -1;
    }
    struct sigaction before = actions[signal];
    if (new) {
        actions[signal] = *new;
        if (new->sa_handler == SIG_IGN)
            pending &= ~BIT(signal);
    }
    if (old)
        *old = before;
    return 0;
}

void (*signal(int number, void (*handler)(int)))(int)
{
    struct sigaction new = { .sa_handler = handler, .sa_flags = SA_RESTART }, old;
    return sigaction(number, &new, &old) < 0 ? SIG_ERR : old.sa_handler;
}

int siginterrupt(int signal, int interrupts)
{
    if (!is_valid(signal))
        return -1;
    if (interrupts)
        actions[signal].sa_flags &= ~SA_RESTART;
    else
        actions[signal].sa_flags |= SA_RESTART;
    return 0;
}

int pthread_sigmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    uint64_t *blocked = wasmlam_blocked_signals(), before = *blocked;
    if (set) {
        uint64_t given = bits(set) & ~STUBBORN;
        switch (how) {
        case SIG_BLOCK: *blocked |= given; break;
        case SIG_UNBLOCK: *blocked &= ~given; break;
        case SIG_SETMASK: *blocked = given; break;
        default: return EINVAL;
        }
    }
    if (old)
        set_bits(old, before);
    if (pending & ~*blocked)
        wasmlam_signal_came(deliver());
    return 0;
}

int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old)
{
    int error = pthread_sigmask(how, set, old);
    if (error == 0)
        return 0;
    errno = error;
    return -1;
}

int sigpending(sigset_t *set)
{
    set_bits(set, pending);
    return 0;
}

/* --------------------------------------------------------------------------------------------------------- waiting */

static int64_t nanoseconds(const struct timespec *time)
{
    return time->tv_sec >= NEVER / SECOND - 1 ? NEVER : time->tv_sec * SECOND + time->tv_nsec;
}

static int take(uint64_t wanted, siginfo_t *info)
{
    uint64_t there = pending & wanted;
    if (!there)
        return 0;
    int signal = __builtin_ctzll(there) + 1;
    pending &= ~BIT(signal);
    if (info) {
        *info = (siginfo_t){ .si_signo = signal, .si_code = details[signal].code };
        info->si_pid = getpid();
        info->si_uid = getuid();
    }
    return signal;
}

int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict timeout)
{
    int64_t deadline = NEVER;
    if (timeout) {
        if (timeout->tv_sec < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= SECOND) {
            errno = EINVAL;
            return -1;
        }
        int64_t wait = nanoseconds(timeout), now = wasmlam_now();
        deadline = wait > NEVER - now ? NEVER : now + wait;
    }
    for (;;) {
        int signal = take(bits(set), info);
        if (signal)
            return signal;
        if (deadline != NEVER && wasmlam_now() >= deadline) {
            errno = EAGAIN;
            return -1;
        }
        if (wasmlam_wait_for_signal(deadline) < 0) {
            errno = EINTR;
            return -1;
        }
    }
}

int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info) { return sigtimedwait(set, info, NULL); }

int sigwait(const sigset_t *restrict set, int *restrict signal)
{
    int got;
    do
        got = sigtimedwait(set, NULL, NULL);
    while (got < 0 && errno == EINTR);
    *signal = got;
    return got < 0 ? errno : 0;
}

int pause(void)
{
    while (wasmlam_wait_for_signal(NEVER) >= 0)
        ;
    errno = EINTR;
    return -1;
}

int sigsuspend(const sigset_t *set)
{
    sigset_t before;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &before);
    uint64_t *blocked = wasmlam_blocked_signals();
    *blocked = bits(set) & ~STUBBORN;
    int handled = deliver();
    if (!handled)
        (void)pause();
    *wasmlam_blocked_signals() = bits(&before);
    errno = EINTR;
    return -1;
}

/* ---------------------------------------------------------------------------------------------------------- timers */

/* ITIMER_REAL by the monotonic clock; ITIMER_VIRTUAL and ITIMER_PROF by that of the process, which stands while it waits. */
static struct timer {
    int64_t deadline, interval; /* NEVER: not set; 0: once */
    int64_t left; /* in an image */
} timers[3] = { { .deadline = NEVER }, { .deadline = NEVER }, { .deadline = NEVER } };
static const int timer_signals[3] = { SIGALRM, SIGVTALRM, SIGPROF };

int64_t wasmlam_next_alarm = NEVER;
static int is_frozen;

int wasmlam_timers_are_set(void)
{
    return !is_frozen &&
           (timers[0].deadline != NEVER || timers[1].deadline != NEVER || timers[2].deadline != NEVER);
}

static int64_t time_of(int which)
{
    if (which == ITIMER_REAL)
        return wasmlam_now();
    __wasi_timestamp_t time = 0;
    (void)__wasi_clock_time_get(__WASI_CLOCKID_PROCESS_CPUTIME_ID, 1, &time);
    return (int64_t)time;
}

static void note_next(void)
{
    wasmlam_next_alarm = is_frozen ? NEVER : timers[ITIMER_REAL].deadline;
}

int wasmlam_look_at_timers(int64_t now)
{
    int handled = 0;
    for (int which = 0; which < 3 && !is_frozen; which++) {
        struct timer *timer = &timers[which];
        if (timer->deadline == NEVER)
            continue;
        int64_t time = which == ITIMER_REAL ? now : time_of(which);
        if (time < timer->deadline)
            continue;
        /* What came due several times since is one signal, as on Linux. */
        if (timer->interval > 0)
            timer->deadline += (1 + (time - timer->deadline) / timer->interval) * timer->interval;
        else
            timer->deadline = NEVER;
        note_next();
        handled |= send(timer_signals[which], SI_KERNEL, 0);
    }
    return handled;
}

void wasmlam_signals_freeze(void)
{
    if (is_frozen)
        return;
    for (int which = 0; which < 3; which++) {
        struct timer *timer = &timers[which];
        if (timer->deadline != NEVER) {
            timer->left = timer->deadline - time_of(which);
            timer->left = timer->left < 0 ? 0 : timer->left;
        }
    }
    is_frozen = 1;
    note_next();
}

void wasmlam_signals_go_on(void)
{
    if (!is_frozen)
        return;
    is_frozen = 0;
    for (int which = 0; which < 3; which++)
        if (timers[which].deadline != NEVER)
            timers[which].deadline = time_of(which) + timers[which].left;
    note_next();
    if (wasmlam_timers_are_set())
        wasmlam_timer_was_set();
}

static struct timeval to_timeval(int64_t time)
{
    return (struct timeval){ .tv_sec = time / SECOND, .tv_usec = time % SECOND / 1000 };
}

static int is_time(const struct timeval *time)
{
    return time->tv_sec >= 0 && time->tv_usec >= 0 && time->tv_usec < 1000000;
}

static int64_t from_timeval(const struct timeval *time)
{
    const int64_t most = NEVER / 4; /* 73 years */
    return time->tv_sec >= most / SECOND ? most : time->tv_sec * SECOND + time->tv_usec * 1000;
}

int getitimer(int which, struct itimerval *value)
{
    if (which < 0 || which > 2) {
        errno = EINVAL;
        return -1;
    }
    const struct timer *timer = &timers[which];
    *value = (struct itimerval){ 0 };
    if (timer->deadline == NEVER)
        return 0;
    int64_t left = timer->deadline - time_of(which);
    value->it_value = to_timeval(left < 1000 ? 1000 : left); /* nothing left would be a timer that is not set */
    value->it_interval = to_timeval(timer->interval);
    return 0;
}

int setitimer(int which, const struct itimerval *restrict new, struct itimerval *restrict old)
{
    struct itimerval before;
    if (getitimer(which, &before) < 0)
        return -1;
    if (!is_time(&new->it_value) || !is_time(&new->it_interval)) {
        errno = EINVAL;
        return -1;
    }
    struct timer *timer = &timers[which];
    int64_t wait = from_timeval(&new->it_value);
    timer->interval = from_timeval(&new->it_interval);
    timer->deadline = wait == 0 ? NEVER : time_of(which) + wait;
    note_next();
    if (wait != 0)
        wasmlam_timer_was_set();
    if (old)
        *old = before;
    return 0;
}

unsigned alarm(unsigned seconds)
{
    struct itimerval new = { .it_value.tv_sec = seconds }, old;
    (void)setitimer(ITIMER_REAL, &new, &old);
    /* As Linux rounds: half a second up, but what is left is never nothing. */
    unsigned left = (unsigned)old.it_value.tv_sec;
    if ((left == 0 && old.it_value.tv_usec) || old.it_value.tv_usec >= 500000)
        left++;
    return left;
}
