// Who a process is. One user and one group, as a function has them on Lambda: everything that asks is answered here, and
// nothing can be changed, as on a machine where one is not root.
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#define USER 993
#define GROUP 990

uid_t getuid(void) { return USER; }
uid_t geteuid(void) { return USER; }
gid_t getgid(void) { return GROUP; }
gid_t getegid(void) { return GROUP; }

int getresuid(uid_t *real, uid_t *effective, uid_t *saved) {
    *real = *effective = *saved = USER;
    return 0;
}

int getresgid(gid_t *real, gid_t *effective, gid_t *saved) {
    *real = *effective = *saved = GROUP;
    return 0;
}

int getgroups(int count, gid_t list[]) {
    if (count < 0) {
        errno = EINVAL;
        return -1;
    }
    if (count > 0)
        list[0] = GROUP;
    return 1;
}

// -1 stands for the one there is.
static int only(unsigned wanted, unsigned there) {
    if (wanted == there || wanted == (unsigned)-1)
        return 0;
    errno = EPERM;
    return -1;
}

int setuid(uid_t id) { return only(id, USER); }
int seteuid(uid_t id) { return only(id, USER); }
int setgid(gid_t id) { return only(id, GROUP); }
int setegid(gid_t id) { return only(id, GROUP); }
int setreuid(uid_t a, uid_t b) { return only(a, USER) | only(b, USER); }
int setregid(gid_t a, gid_t b) { return only(a, GROUP) | only(b, GROUP); }
int setresuid(uid_t a, uid_t b, uid_t c) { return only(a, USER) | only(b, USER) | only(c, USER); }
int setresgid(gid_t a, gid_t b, gid_t c) { return only(a, GROUP) | only(b, GROUP) | only(c, GROUP); }

int chroot(const char *path) {
    if (access(path, F_OK) == 0)
        errno = EPERM;
    return -1;
}

int setgroups(size_t count, const gid_t list[]) {
    errno = EPERM;
    return -1;
}

int initgroups(const char *user, gid_t group) { return setgroups(0, 0); }

// The process is the only one, and the first of its group and session.
pid_t getppid(void) { return 1; }
pid_t getpgrp(void) { return 1; }

static pid_t of_this_process(pid_t process) {
    if (process == 0 || process == getpid())
        return 1;
    errno = ESRCH;
    return -1;
}

pid_t getpgid(pid_t process) { return of_this_process(process); }
pid_t getsid(pid_t process) { return of_this_process(process); }

char *getlogin(void) {
    errno = ENXIO;
    return NULL;
}

int getlogin_r(char *name, size_t size) { return ENXIO; }

char *ttyname(int fd) {
    if (!isatty(fd))
        return NULL;
    errno = ENOTTY;
    return NULL;
}

int ttyname_r(int fd, char *name, size_t size) {
    ttyname(fd);
    return errno;
}

pid_t tcgetpgrp(int fd) {
    isatty(fd);
    return -1;
}

int tcsetpgrp(int fd, pid_t group) { return tcgetpgrp(fd); }
