/* Makes one call to the disk fail, for the files below one folder only.
 *
 * Loaded before the C library (LD_PRELOAD). Counts the calls that write, create, move, flush or
 * remove below $FAIL_UNDER; the one numbered $FAIL_AT fails with $FAIL_ERRNO (0: none fails), and
 * with $FAIL_ALL every later one too, as on a full or lost disk. The count is written to
 * $FAIL_COUNT when the process ends.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static int n_calls;

static int is_below(const char *path) {
    const char *folder = getenv("FAIL_UNDER");
    char full[PATH_MAX];
    if (!folder || !path) return 0;
    if (path[0] != '/') {
        if (!getcwd(full, sizeof full)) return 0;
        if (strlen(full) + strlen(path) + 2 > sizeof full) return 0;
        strcat(full, "/");
        strcat(full, path);
        path = full;
    }
    return strncmp(path, folder, strlen(folder)) == 0;
}

static int is_below_fd(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return is_below(path);
}

static int fails(int concerned) {
    if (!concerned) return 0;
    int number = __sync_add_and_fetch(&n_calls, 1);
    const char *at = getenv("FAIL_AT"), *code = getenv("FAIL_ERRNO");
    if (!at || !code || !atoi(code)) return 0;
    if (number != atoi(at) && !(getenv("FAIL_ALL") && number > atoi(at))) return 0;
    if (atoi(code) < 0) kill(getpid(), SIGKILL);
    errno = atoi(code);
    return 1;
}

__attribute__((destructor)) static void report(void) {
    const char *path = getenv("FAIL_COUNT");
    if (!path) return;
    FILE *file = fopen(path, "w");
    if (file) {
        fprintf(file, "%d\n", n_calls);
        fclose(file);
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *data, size_t size) {
    return fails(is_below_fd(fd)) ? -1 : REAL(write)(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return fails(is_below_fd(fd)) ? -1 : REAL(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return fails(is_below_fd(fd)) ? -1 : REAL(pwrite64)(fd, data, size, at);
}
ssize_t copy_file_range(int from, off64_t *at, int to, off64_t *at_to, size_t size, unsigned flags) {
    return fails(is_below_fd(to)) ? -1 : REAL(copy_file_range)(from, at, to, at_to, size, flags);
}
int fsync(int fd) { return fails(is_below_fd(fd)) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails(is_below_fd(fd)) ? -1 : REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t size) {
    return fails(is_below_fd(fd)) ? -1 : REAL(ftruncate)(fd, size);
}
int ftruncate64(int fd, off64_t size) {
    return fails(is_below_fd(fd)) ? -1 : REAL(ftruncate64)(fd, size);
}
int rename(const char *from, const char *to) {
    return fails(is_below(to)) ? -1 : REAL(rename)(from, to);
}
int renameat(int d, const char *from, int e, const char *to) {
    return fails(is_below(to)) ? -1 : REAL(renameat)(d, from, e, to);
}
int link(const char *from, const char *to) {
    return fails(is_below(to)) ? -1 : REAL(link)(from, to);
}
int linkat(int d, const char *from, int e, const char *to, int flags) {
    return fails(is_below(to)) ? -1 : REAL(linkat)(d, from, e, to, flags);
}
int unlink(const char *path) { return fails(is_below(path)) ? -1 : REAL(unlink)(path); }
int mkdir(const char *path, mode_t mode) {
    return fails(is_below(path)) ? -1 : REAL(mkdir)(path, mode);
}
int chmod(const char *path, mode_t mode) {
    return fails(is_below(path)) ? -1 : REAL(chmod)(path, mode);
}
int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    return fails(writes && is_below(path)) ? -1 : REAL(open)(path, flags, mode);
}
int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int writes = (flags & O_ACCMODE) != O_RDONLY;
    return fails(writes && is_below(path)) ? -1 : REAL(open64)(path, flags, mode);
}
