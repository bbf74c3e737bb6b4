/* The second module of imports: what preview 1 has no function for. Each returns 0 or one of preview 1's errors, which
 * __wasilibc_linux_error() translates like all others. The host's half is src/sandbox/wasi/linux.rs. */
#ifndef WASMLAM_H
#define WASMLAM_H

#include <stddef.h>
#include <stdint.h>

#define IMPORT(name) __attribute__((__import_module__("wasmlam"), __import_name__(#name)))

/* Times are nanoseconds since 1970. */
struct wasmlam_stat {
  uint64_t dev, ino, nlink;
  uint32_t mode, uid, gid, zero;
  uint64_t rdev, size, blocks, atim, mtim, ctim;
};
_Static_assert(sizeof(struct wasmlam_stat) == 88, "the host writes 88 bytes");

int32_t wasmlam_fd_stat(int32_t fd, struct wasmlam_stat *) IMPORT(fd_stat);
int32_t wasmlam_path_stat(int32_t dir, int32_t follow, const char *path, size_t size, struct wasmlam_stat *) IMPORT(path_stat);
/* `flags` and `mode` are Linux's; the umask is already taken off. */
int32_t wasmlam_path_open(int32_t dir, const char *path, size_t size, int32_t flags, int32_t mode, int32_t *fd) IMPORT(path_open);
int32_t wasmlam_path_mkdir(int32_t dir, const char *path, size_t size, int32_t mode) IMPORT(path_mkdir);
int32_t wasmlam_path_chmod(int32_t dir, int32_t follow, const char *path, size_t size, int32_t mode) IMPORT(path_chmod);
int32_t wasmlam_fd_chmod(int32_t fd, int32_t mode) IMPORT(fd_chmod);
/* An id of -1 is left as it is. */
int32_t wasmlam_path_chown(int32_t dir, int32_t follow, const char *path, size_t size, int32_t uid, int32_t gid) IMPORT(path_chown);
int32_t wasmlam_fd_chown(int32_t fd, int32_t uid, int32_t gid) IMPORT(fd_chown);
int32_t wasmlam_path_access(int32_t dir, int32_t follow, const char *path, size_t size, int32_t mode) IMPORT(path_access);
/* The lowest free number from `least`, or exactly that one, which is closed before, if `exactly`. */
int32_t wasmlam_fd_dup(int32_t fd, int32_t least, int32_t exactly, int32_t close_on_exec, int32_t *out) IMPORT(fd_dup);
int32_t wasmlam_pipe(int32_t flags, int32_t out[2]) IMPORT(pipe);
/* F_GETFL and FD_CLOEXEC, in Linux's numbers. */
int32_t wasmlam_fd_flags(int32_t fd, int32_t *flags, int32_t *close_on_exec) IMPORT(fd_flags);
int32_t wasmlam_fd_set_flags(int32_t fd, int32_t flags) IMPORT(fd_set_flags);
int32_t wasmlam_fd_set_close_on_exec(int32_t fd, int32_t close_on_exec) IMPORT(fd_set_close_on_exec);
/* `operation` is flock()'s. */
int32_t wasmlam_fd_flock(int32_t fd, int32_t operation) IMPORT(fd_flock);
/* Blocks in all, blocks free, of 4,096 bytes; names in all, names free; whether it is read-only; its device. */
int32_t wasmlam_fd_space(int32_t fd, uint64_t out[6]) IMPORT(fd_space);
int32_t wasmlam_path_space(int32_t dir, const char *path, size_t size, uint64_t out[6]) IMPORT(path_space);

int __wasilibc_linux_error(int32_t error);
/* Sets errno, unless `error` is 0. */
int __wasilibc_result(int32_t error);

struct stat;
void __wasilibc_public_stat(const struct wasmlam_stat *, struct stat *);

#endif
