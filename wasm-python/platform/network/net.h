/* Waiting for sockets: what net.c asks of the scheduler in threads.c. */
#include <stdint.h>

/* One socket (or look-up) that is waited for. The host fills in `ready`; both have the bits of poll(): 1 can be read, 4 can
 * be written, 8 an error, 16 hung up. */
struct net_entry {
    int32_t handle;
    uint16_t wanted, ready;
};

/* Suspends the calling thread until one of the entries is ready, `net_wake` is called, or `nanoseconds` have passed (below
 * zero: no bound). After `count` sockets come `files` entries whose handles are descriptors of the C library, pipes among
 * them. 0, or -1 where a signal's handler ran, or the thread has to be taken off its stack (PyThread_Capturing). Without the
 * GIL. */
int net_wait(struct net_entry *entries, int count, int files, int64_t nanoseconds);
/* Lets every thread in `net_wait` look again. */
void net_wake(void);
