/* Between signals.c and threads.c: who waits, and for how long. */
#include <signal.h>
#include <stdint.h>

/* signals.c */

/* When the next timer of the wall clock is due, by the monotonic clock in nanoseconds; INT64_MAX: none is set. */
extern int64_t wasmlam_next_alarm;
/* Whether any timer is set: who computes then has to look at them from time to time. */
int wasmlam_timers_are_set(void);
/* Raises the signals of the timers that are due; true if a handler ran. */
int wasmlam_look_at_timers(int64_t now);
/* An image has no clock: at the end of an init timers keep what is left of them, and go on from there after a restore. */
void wasmlam_signals_freeze(void);
void wasmlam_signals_go_on(void);

/* threads.c */

/* The signals that the running thread blocks, a bit for each, the first for number 1. */
uint64_t *wasmlam_blocked_signals(void);
/* Waits for a signal that somebody raises, or the deadline; -1 if a handler ran meanwhile. */
int wasmlam_wait_for_signal(int64_t deadline);
/* One was raised; its handler ran, or it is there to be waited for. */
void wasmlam_signal_came(int was_handled);
/* A timer was set. */
void wasmlam_timer_was_set(void);
int64_t wasmlam_now(void);
