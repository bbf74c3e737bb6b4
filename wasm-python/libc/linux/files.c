// Modes, owners and descriptors: what of Linux's files preview 1 leaves out.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <wasi/libc-nocwd.h>
#include <wasmlam.h>

int __wasilibc_result(int32_t error) {
    if (error == 0)
        return 0;
    errno = __wasilibc_linux_error(error);
    return -1;
}

static mode_t mask = 022;

mode_t umask(mode_t new) {
    mode_t before = mask;
    mask = new & 0777;
    return before;
}

static struct timespec moment(uint64_t nanoseconds) {
    return (struct timespec){ .tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000 };
}

void __wasilibc_public_stat(const struct wasmlam_stat *in, struct stat *out) {
    *out = (struct stat){
        .st_dev = in->dev,
        .st_ino = in->ino,
        .st_nlink = in->nlink,
        .st_mode = in->mode,
        .st_uid = in->uid,
        .st_gid = in->gid,
        .st_rdev = in->rdev,
        .st_size = in->size,
        .st_blksize = 4096,
        .st_blocks = in->blocks,
        .st_atim = moment(in->atim),
        .st_mtim = moment(in->mtim),
        .st_ctim = moment(in->ctim),
    };
}

int fstat(int fd, struct stat *out) {
    struct wasmlam_stat in;
    if (__wasilibc_result(wasmlam_fd_stat(fd, &in)) < 0)
        return -1;
    __wasilibc_public_stat(&in, out);
    return 0;
}

int __wasilibc_nocwd_fstatat(int dir, const char *restrict path, struct stat *restrict out, int flags) {
    struct wasmlam_stat in;
    int follow = (flags & AT_SYMLINK_NOFOLLOW) == 0;
    if (__wasilibc_result(wasmlam_path_stat(dir, follow, path, strlen(path), &in)) < 0)
        return -1;
    __wasilibc_public_stat(&in, out);
    return 0;
}

int __wasilibc_nocwd_openat(int dir, const char *path, int flags, mode_t mode) {
    int32_t fd;
    if (__wasilibc_result(wasmlam_path_open(dir, path, strlen(path), flags, mode & ~mask & 07777, &fd)) < 0)
        return -1;
    return fd;
}

int __wasilibc_nocwd_openat_nomode(int dir, const char *path, int flags) {
    return __wasilibc_nocwd_openat(dir, path, flags, 0666);
}

int __wasilibc_nocwd_mkdirat(int dir, const char *path, mode_t mode) {
    return __wasilibc_result(wasmlam_path_mkdir(dir, path, strlen(path), mode & ~mask & 01777));
}

int __wasilibc_nocwd_mkdirat_nomode(int dir, const char *path) {
    return __wasilibc_nocwd_mkdirat(dir, path, 0777);
}

int __wasilibc_nocwd_faccessat(int dir, const char *path, int mode, int flags) {
    if ((mode & ~(R_OK | W_OK | X_OK)) != 0 || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW)) != 0) {
        errno = EINVAL;
        return -1;
    }
    return __wasilibc_result(wasmlam_path_access(dir, (flags & AT_SYMLINK_NOFOLLOW) == 0, path, strlen(path), mode));
}

int __wasilibc_nocwd_fchmodat(int dir, const char *path, mode_t mode, int flags) {
    if ((flags & ~AT_SYMLINK_NOFOLLOW) != 0) {
        errno = EINVAL;
        return -1;
    }
    return __wasilibc_result(wasmlam_path_chmod(dir, (flags & AT_SYMLINK_NOFOLLOW) == 0, path, strlen(path), mode & 07777));
}

int __wasilibc_nocwd_fchownat(int dir, const char *path, uid_t user, gid_t group, int flags) {
    if ((flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) != 0) {
        errno = EINVAL;
        return -1;
    }
    return __wasilibc_result(wasmlam_path_chown(dir, (flags & AT_SYMLINK_NOFOLLOW) == 0, path, strlen(path), user, group));
}

int fchmod(int fd, mode_t mode) { return __wasilibc_result(wasmlam_fd_chmod(fd, mode & 07777)); }
int fchown(int fd, uid_t user, gid_t group) { return __wasilibc_result(wasmlam_fd_chown(fd, user, group)); }

static int duplicate(int fd, int least, int exactly, int close_on_exec) {
    int32_t out;
    if (__wasilibc_result(wasmlam_fd_dup(fd, least, exactly, close_on_exec, &out)) < 0)
        return -1;
    return out;
}

int dup(int fd) { return duplicate(fd, 0, 0, 0); }

int dup2(int fd, int to) {
    if (fd == to)
        return fcntl(fd, F_GETFD) < 0 ? -1 : to;
    return duplicate(fd, to, 1, 0);
}

int dup3(int fd, int to, int flags) {
    if (fd == to || (flags & ~O_CLOEXEC) != 0) {
        errno = EINVAL;
        return -1;
    }
    return duplicate(fd, to, 1, flags != 0);
}

int pipe2(int fds[2], int flags) {
    int32_t out[2];
    if (__wasilibc_result(wasmlam_pipe(flags, out)) < 0)
        return -1;
    fds[0] = out[0];
    fds[1] = out[1];
    return 0;
}

int pipe(int fds[2]) { return pipe2(fds, 0); }

// The working folder is a path in this library; a descriptor's is what its link in /proc says.
int fchdir(int fd) {
    char link[32], path[4097];
    struct stat status;
    if (fstat(fd, &status) < 0)
        return -1;
    if (!S_ISDIR(status.st_mode)) {
        errno = ENOTDIR;
        return -1;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0)
        return -1;
    path[size] = 0;
    return chdir(path);
}

int flock(int fd, int operation) { return __wasilibc_result(wasmlam_fd_flock(fd, operation)); }

int fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    // Of the type that the command wants; on this machine a pointer is as wide as an int.
    int argument = 0;
    if (command != F_GETFD && command != F_GETFL)
        argument = va_arg(arguments, int);
    va_end(arguments);
    int32_t flags, close_on_exec;
    if (__wasilibc_result(wasmlam_fd_flags(fd, &flags, &close_on_exec)) < 0)
        return -1;
    switch (command) {
    case F_GETFD:
        return close_on_exec ? FD_CLOEXEC : 0;
    case F_SETFD:
        return __wasilibc_result(wasmlam_fd_set_close_on_exec(fd, argument & FD_CLOEXEC));
    case F_GETFL:
        return flags;
    case F_SETFL:
        return __wasilibc_result(wasmlam_fd_set_flags(fd, argument));
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        if (argument < 0) {
            errno = EINVAL;
            return -1;
        }
        return duplicate(fd, argument, 0, command == F_DUPFD_CLOEXEC);
    // Locks of ranges are a process's, and there is no other process to meet.
    case F_GETLK:
    case F_OFD_GETLK:
        ((struct flock *)(uintptr_t)argument)->l_type = F_UNLCK;
        return 0;
    case F_SETLK:
    case F_SETLKW:
    case F_OFD_SETLK:
    case F_OFD_SETLKW: {
        const struct flock *lock = (const struct flock *)(uintptr_t)argument;
        int writes = (flags & O_ACCMODE) != O_RDONLY, reads = (flags & O_ACCMODE) != O_WRONLY;
        if ((lock->l_type == F_WRLCK && !writes) || (lock->l_type == F_RDLCK && !reads)) {
            errno = EBADF;
            return -1;
        }
        return 0;
    }
    case F_GETOWN:
    case F_SETOWN:
    case F_GETSIG:
    case F_SETSIG:
        return 0;
    case F_GETPIPE_SZ:
    case F_SETPIPE_SZ: {
        struct stat status;
        if (fstat(fd, &status) < 0)
            return -1;
        if (!S_ISFIFO(status.st_mode)) {
            errno = EBADF;
            return -1;
        }
        return 65536;
    }
    default:
        errno = EINVAL;
        return -1;
    }
}

int lockf(int fd, int operation, off_t size) {
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_CUR, .l_len = size };
    switch (operation) {
    case F_ULOCK:
        lock.l_type = F_UNLCK;
    case F_LOCK:
    case F_TLOCK:
        return fcntl(fd, F_SETLK, &lock);
    case F_TEST:
        return fcntl(fd, F_GETLK, &lock);
    default:
        errno = EINVAL;
        return -1;
    }
}

static void public_space(const uint64_t in[6], struct statvfs *out) {
    *out = (struct statvfs){
        .f_bsize = 4096,
        .f_frsize = 4096,
        .f_blocks = in[0],
        .f_bfree = in[1],
        .f_bavail = in[1],
        .f_files = in[2],
        .f_ffree = in[3],
        .f_favail = in[3],
        .f_flag = in[4] ? ST_RDONLY : 0,
        .f_fsid = in[5],
        .f_namemax = 255,
    };
}

int fstatvfs(int fd, struct statvfs *out) {
    uint64_t in[6];
    if (__wasilibc_result(wasmlam_fd_space(fd, in)) < 0)
        return -1;
    public_space(in, out);
    return 0;
}

int __wasilibc_nocwd_statvfs(int dir, const char *path, struct statvfs *out) {
    uint64_t in[6];
    if (__wasilibc_result(wasmlam_path_space(dir, path, strlen(path), in)) < 0)
        return -1;
    public_space(in, out);
    return 0;
}
