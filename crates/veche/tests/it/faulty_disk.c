/* A disk that fails when told to: preloaded into the server under test, it stands before the system calls by which
 * SQLite and the checkpoint file reach the disk. The test writes its plan into a file that is mapped here.
 *
 * With VECHE_FAULTY_DURABLE it also keeps, in that folder, what would be on the disk after a loss of power: of each file
 * what it held when it was last synced, and a renaming once the folder was.
 *
 * Only what lies in VECHE_FAULTY_DIR counts: the database, its write-ahead log and index, the checkpoint file, and the
 * folder itself. Everything else passes. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PASS, FAIL, AFTER, TORN, KILL, KILL_AFTER, KILL_TORN };
enum { OPS = 120 };

/* The same eight fields stand in faulty_disk.rs. */
static struct plan {
    int64_t armed, at, ever_after, action, error, seen, fired, unused;
    int64_t ops[OPS]; /* what was asked of the disk since it was armed: operation << 8 | file */
} *plan;
static const char *dir, *durable;
static int renamed;

__attribute__((constructor)) static void load(void) {
    const char *path = getenv("VECHE_FAULTY_PLAN");
    dir = getenv("VECHE_FAULTY_DIR");
    durable = getenv("VECHE_FAULTY_DURABLE");
    int fd = path && dir ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *map = mmap(NULL, sizeof(struct plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map != MAP_FAILED) plan = map;
}

/* What is written before it is renamed to "checkpoint". */
static int is_temporary(const char *path) {
    static const char begin[] = "/checkpoint.", end[] = ".tmp";
    size_t length = strlen(path);
    return !strncmp(path, begin, sizeof begin - 1) && length > sizeof begin + sizeof end &&
           !strcmp(path + length - (sizeof end - 1), end);
}

static char file_at(const char *path) {
    size_t length = strlen(dir);
    if (strncmp(path, dir, length)) return 0;
    path += length;
    if (!*path) return 'f';
    if (!strcmp(path, "/veche.db")) return 'd';
    if (!strcmp(path, "/veche.db-wal")) return 'w';
    if (!strcmp(path, "/veche.db-shm")) return 's';
    if (!strcmp(path, "/checkpoint") || is_temporary(path)) return 'c';
    return 0;
}

static char file_of(int fd) {
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return file_at(path);
}

static int armed(void) { return plan && __atomic_load_n(&plan->armed, __ATOMIC_SEQ_CST); }

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int fate(char op, char file) {
    if (!file) return PASS;
    int64_t seen = __atomic_add_fetch(&plan->seen, 1, __ATOMIC_SEQ_CST);
    if (seen <= OPS) plan->ops[seen - 1] = (int64_t)op << 8 | file;
    if (seen != plan->at && !(plan->ever_after && seen > plan->at)) return PASS;
    __atomic_add_fetch(&plan->fired, 1, __ATOMIC_SEQ_CST);
    if (plan->action == KILL) die();
    return (int)plan->action;
}

static int failed(int fate) {
    if (fate == KILL_AFTER || fate == KILL_TORN) die();
    errno = (int)plan->error;
    return -1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int fd, const void *bytes, size_t length) {
    int fate_ = armed() ? fate('w', file_of(fd)) : PASS;
    if (fate_ == PASS) return REAL(write)(fd, bytes, length);
    if (fate_ == AFTER || fate_ == KILL_AFTER) REAL(write)(fd, bytes, length);
    if (fate_ == TORN || fate_ == KILL_TORN) REAL(write)(fd, bytes, length / 2);
    return failed(fate_);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
    int fate_ = armed() ? fate('w', file_of(fd)) : PASS;
    if (fate_ == PASS) return REAL(pwrite)(fd, bytes, length, at);
    if (fate_ == AFTER || fate_ == KILL_AFTER) REAL(pwrite)(fd, bytes, length, at);
    if (fate_ == TORN || fate_ == KILL_TORN) REAL(pwrite)(fd, bytes, length / 2, at);
    return failed(fate_);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return pwrite(fd, bytes, length, at); }

/* A sync has succeeded: what the file holds now is durable. */
static void keep(int fd) {
    if (!plan || !durable || !file_of(fd)) return;
    char name[64], path[PATH_MAX], copy[2 * PATH_MAX], whole[2 * PATH_MAX], bytes[1 << 16];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    if (length < 0) return;
    path[length] = 0;
    if (file_of(fd) == 'f') {
        snprintf(copy, sizeof copy, "%s/checkpoint.tmp", durable);
        snprintf(whole, sizeof whole, "%s/checkpoint", durable);
        if (__atomic_exchange_n(&renamed, 0, __ATOMIC_SEQ_CST)) REAL(rename)(copy, whole);
        return;
    }
    const char *base = strrchr(path, '/');
    if (is_temporary(base)) base = "/checkpoint.tmp";
    snprintf(copy, sizeof copy, "%s%s.part", durable, base);
    snprintf(whole, sizeof whole, "%s%s", durable, base);
    /* Read through the descriptor itself where it may be read: to close another one would drop SQLite's locks. */
    int from = fd, own = 0, to = open(copy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) from = own = open(path, O_RDONLY | O_CLOEXEC);
    off_t at = 0;
    for (ssize_t got; (got = pread(from, bytes, sizeof bytes, at)) > 0; at += got)
        if (REAL(write)(to, bytes, (size_t)got) != got) abort();
    close(to);
    if (own) close(own);
    REAL(rename)(copy, whole);
}

static int synced(int fd, int result) {
    if (!result) keep(fd);
    return result;
}

static int moved(const char *to, int result) {
    if (!result && plan && durable && file_at(to) == 'c') __atomic_store_n(&renamed, 1, __ATOMIC_SEQ_CST);
    return result;
}

#define SIMPLE(op, file, call)                                              \
    int fate_ = armed() ? fate(op, file) : PASS;                            \
    if (fate_ == PASS) return call;                                         \
    if (fate_ == AFTER || fate_ == KILL_AFTER) (void)!call;                 \
    return failed(fate_)

int fsync(int fd) { SIMPLE('s', file_of(fd), synced(fd, REAL(fsync)(fd))); }
int fdatasync(int fd) { SIMPLE('s', file_of(fd), synced(fd, REAL(fdatasync)(fd))); }
int ftruncate(int fd, off_t length) { SIMPLE('t', file_of(fd), REAL(ftruncate)(fd, length)); }
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }
int rename(const char *from, const char *to) { SIMPLE('r', file_at(to), moved(to, REAL(rename)(from, to))); }
