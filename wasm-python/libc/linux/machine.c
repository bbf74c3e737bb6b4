// What the machine is: processors, memory, limits. On Lambda they follow from the function's memory size, which the
// runtime sets when it knows it.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include <wasi/api.h>

static unsigned memory_mib = 128;

void __wasilibc_set_memory_size(unsigned mib) { memory_mib = mib; }
unsigned __wasilibc_memory_size(void) { return memory_mib; }

// As os.cpu_count() has been seen on Lambda: two up to 3,008 MB, six at 10,240 MB.
int __wasilibc_processors(void) {
    static const unsigned short most[] = { 3008, 5307, 7076, 8845 };
    int processors = 2;
    for (size_t i = 0; i < sizeof most / sizeof *most && memory_mib > most[i]; i++)
        processors++;
    return processors;
}

int sched_getaffinity(pid_t process, size_t size, cpu_set_t *set) {
    if (process != 0 && process != getpid()) {
        errno = ESRCH;
        return -1;
    }
    if (size < sizeof(long)) {
        errno = EINVAL;
        return -1;
    }
    memset(set, 0, size);
    *(unsigned char *)set = (1 << __wasilibc_processors()) - 1;
    return 0;
}

// A set is taken if it has a processor that there is, and changes nothing: there is one thread.
int sched_setaffinity(pid_t process, size_t size, const cpu_set_t *set) {
    if (process != 0 && process != getpid()) {
        errno = ESRCH;
        return -1;
    }
    if (size < 1 || (*(const unsigned char *)set & ((1 << __wasilibc_processors()) - 1)) == 0) {
        errno = EINVAL;
        return -1;
    }
    return 0;
}

int sched_getcpu(void) { return 0; }

int sched_getscheduler(pid_t process) {
    if (process == 0 || process == getpid())
        return SCHED_OTHER;
    errno = ESRCH;
    return -1;
}

int sched_getparam(pid_t process, struct sched_param *param) {
    memset(param, 0, sizeof *param);
    return sched_getscheduler(process);
}

int sched_setscheduler(pid_t process, int policy, const struct sched_param *param) {
    if (policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE)
        return sched_getscheduler(process);
    errno = policy == SCHED_FIFO || policy == SCHED_RR ? EPERM : EINVAL;
    return -1;
}

int sched_setparam(pid_t process, const struct sched_param *param) {
    if (param->sched_priority == 0)
        return sched_getscheduler(process);
    errno = EINVAL;
    return -1;
}

static int priority(int policy, int of_realtime) {
    switch (policy) {
    case SCHED_FIFO:
    case SCHED_RR:
        return of_realtime;
    case SCHED_OTHER:
    case SCHED_BATCH:
    case SCHED_IDLE:
        return 0;
    default:
        errno = EINVAL;
        return -1;
    }
}

int sched_get_priority_max(int policy) { return priority(policy, 99); }
int sched_get_priority_min(int policy) { return priority(policy, 1); }

int sched_rr_get_interval(pid_t process, struct timespec *interval) {
    *interval = (struct timespec){ .tv_nsec = 4000000 };
    return sched_getscheduler(process);
}

static int niceness;

int getpriority(int which, id_t who) {
    if (which < PRIO_PROCESS || which > PRIO_USER) {
        errno = EINVAL;
        return -1;
    }
    return niceness;
}

int setpriority(int which, id_t who, int value) {
    if (getpriority(which, who) == -1)
        return -1;
    value = value < PRIO_MIN ? PRIO_MIN : value > PRIO_MAX - 1 ? PRIO_MAX - 1 : value;
    if (value < niceness) {
        errno = EACCES;
        return -1;
    }
    niceness = value;
    return 0;
}

int nice(int by) {
    if (setpriority(PRIO_PROCESS, 0, niceness + by) < 0) {
        errno = EPERM;
        return -1;
    }
    return niceness;
}

int getloadavg(double loads[], int count) {
    if (count < 0)
        return -1;
    count = count > 3 ? 3 : count;
    for (int i = 0; i < count; i++)
        loads[i] = 0;
    return count;
}

// Linux's, not WebAssembly's: what a program makes of it is alignment and arithmetic.
int getpagesize(void) { return 4096; }

void sync(void) {}

ssize_t getrandom(void *buffer, size_t size, unsigned flags) {
    if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | 4 /* GRND_INSECURE */)) {
        errno = EINVAL;
        return -1;
    }
    __wasi_errno_t error = __wasi_random_get(buffer, size);
    if (error != 0) {
        errno = error;
        return -1;
    }
    return size;
}

// As on Lambda; what is not here is unlimited.
static struct rlimit limits[RLIMIT_NLIMITS] = {
    [RLIMIT_CPU] = { RLIM_INFINITY, RLIM_INFINITY },
    [RLIMIT_FSIZE] = { RLIM_INFINITY, RLIM_INFINITY },
    [RLIMIT_DATA] = { RLIM_INFINITY, RLIM_INFINITY },
    [RLIMIT_STACK] = { 8 << 20, RLIM_INFINITY },
    [RLIMIT_CORE] = { 10ULL << 30, 10ULL << 30 },
    [RLIMIT_RSS] = { RLIM_INFINITY, RLIM_INFINITY },
    [RLIMIT_NPROC] = { 742, 742 },
    [RLIMIT_NOFILE] = { 1024, 1024 },
    [RLIMIT_MEMLOCK] = { 64 << 10, 64 << 10 },
    [RLIMIT_AS] = { RLIM_INFINITY, RLIM_INFINITY },
    [RLIMIT_LOCKS] = { RLIM_INFINITY, RLIM_INFINITY },
    [RLIMIT_SIGPENDING] = { 742, 742 },
    [RLIMIT_MSGQUEUE] = { 819200, 819200 },
    [RLIMIT_NICE] = { 0, 0 },
    [RLIMIT_RTPRIO] = { 0, 0 },
    [RLIMIT_RTTIME] = { RLIM_INFINITY, RLIM_INFINITY },
};

// A limit can be lowered, and the soft one raised to the hard one. The host has its own bounds and looks at neither.
int prlimit(pid_t process, int which, const struct rlimit *new, struct rlimit *old) {
    if (process != 0 && process != getpid()) {
        errno = ESRCH;
        return -1;
    }
    if (which < 0 || which >= RLIMIT_NLIMITS || (new && new->rlim_cur > new->rlim_max)) {
        errno = EINVAL;
        return -1;
    }
    struct rlimit before = limits[which];
    if (new) {
        if (new->rlim_max > before.rlim_max) {
            errno = EPERM;
            return -1;
        }
        limits[which] = *new;
    }
    if (old)
        *old = before;
    return 0;
}

int getrlimit(int which, struct rlimit *limit) { return prlimit(0, which, NULL, limit); }
int setrlimit(int which, const struct rlimit *limit) { return prlimit(0, which, limit, NULL); }
