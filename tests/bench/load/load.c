/* SPDX-License-Identifier: Apache-2.0 */
/* Small workloads of a Linux system, each between two readings of the virtual counter, which counts
 * instructions in the emulator. Runs as the first process, with an initramfs of busybox:
 *
 *   WORK name=NAME rounds=N ticks=T     one line each
 *   WORK done
 *
 * "load child" ends at once: what fork and exec start. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB   0x100000
#define RING  10
#define BATCH 1000 /* pages */

struct work {
    const char *name;
    unsigned rounds;
    void (*run)(unsigned rounds);
};

static int null_file, zero_file;
static char *area, *copy; /* MIB each, touched */

static uint64_t counter(void)
{
    uint64_t value;

    __asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

static void need(const char *what, long result)
{
    if (result < 0) {
        perror(what);
        printf("WORK failed: %s\n", what);
        fflush(stdout);
        for (;;) {
            pause();
        }
    }
}

/* ---- calls ---- */

static void null_call(unsigned rounds)
{
    while (rounds-- > 0) {
        (void)syscall(SYS_getppid);
    }
}

static void read_one(unsigned rounds)
{
    char byte;

    while (rounds-- > 0) {
        need("read", read(zero_file, &byte, 1));
    }
}

static void write_one(unsigned rounds)
{
    while (rounds-- > 0) {
        need("write", write(null_file, "", 1));
    }
}

static volatile sig_atomic_t signals;

static void on_signal(int number)
{
    (void)number;
    signals++;
}

static void signal_handler(unsigned rounds)
{
    need("signal", signal(SIGUSR1, on_signal) == SIG_ERR ? -1 : 0);
    while (rounds-- > 0) {
        need("kill", kill(getpid(), SIGUSR1));
    }
}

/* ---- processes that wake each other ---- */

static pid_t fork_work(void)
{
    pid_t child = fork();

    need("fork", child);
    return child;
}

static void join(pid_t child)
{
    int status = 0;

    need("waitpid", waitpid(child, &status, 0));
    need("the child", status == 0 ? 0 : -1);
}

static void pass_byte(int from, int to)
{
    char byte;

    need("read", read(from, &byte, 1) == 1 ? 0 : -1);
    need("write", write(to, &byte, 1));
}

/* A byte goes round: ends[i][1] is written by the one before, ends[i][0] read by process i. */
static void ring(int (*ends)[2], unsigned count, unsigned rounds)
{
    pid_t children[RING];

    for (unsigned i = 1; i < count; i++) {
        children[i] = fork_work();
        if (children[i] == 0) {
            for (unsigned k = 0; k < rounds; k++) {
                pass_byte(ends[i][0], ends[(i + 1) % count][1]);
            }
            _exit(0);
        }
    }
    for (unsigned k = 0; k < rounds; k++) {
        need("write", write(ends[1 % count][1], "", 1));
        char byte;
        need("read", read(ends[0][0], &byte, 1));
    }
    for (unsigned i = 1; i < count; i++) {
        join(children[i]);
    }
}

static void ring_of_pipes(unsigned count, unsigned rounds)
{
    int ends[RING][2];

    for (unsigned i = 0; i < count; i++) {
        need("pipe", pipe(ends[i]));
    }
    ring(ends, count, rounds);
    for (unsigned i = 0; i < count; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
}

/* One process: a pipe without a switch. */
static void pipe_alone(unsigned rounds)
{
    ring_of_pipes(1, rounds);
}

static void switch_2(unsigned rounds)
{
    ring_of_pipes(2, rounds);
}

static void switch_10(unsigned rounds)
{
    ring_of_pipes(10, rounds);
}

static void unix_socket(unsigned rounds)
{
    int pair[2];

    need("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
    int ends[2][2] = {{pair[0], pair[1]}, {pair[1], pair[0]}};
    ring(ends, 2, rounds);
    close(pair[0]);
    close(pair[1]);
}

static void change(int set, unsigned short which, short by)
{
    struct sembuf operation = {which, by, 0};

    need("semop", semop(set, &operation, 1));
}

static void semaphore(unsigned rounds)
{
    int set = semget(IPC_PRIVATE, 2, 0600);

    need("semget", set);
    pid_t child = fork_work();
    if (child == 0) {
        for (unsigned i = 0; i < rounds; i++) {
            change(set, 0, -1);
            change(set, 1, 1);
        }
        _exit(0);
    }
    for (unsigned i = 0; i < rounds; i++) {
        change(set, 0, 1);
        change(set, 1, -1);
    }
    join(child);
    need("semctl", semctl(set, 0, IPC_RMID));
}

static void fork_exit(unsigned rounds)
{
    while (rounds-- > 0) {
        pid_t child = fork_work();
        if (child == 0) {
            _exit(0);
        }
        join(child);
    }
}

static void fork_exec(unsigned rounds)
{
    while (rounds-- > 0) {
        pid_t child = fork_work();
        if (child == 0) {
            execl("/bin/load", "load", "child", (char *)NULL);
            _exit(1);
        }
        join(child);
    }
}

/* ---- memory ---- */

static void page_fault(unsigned rounds)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    while (rounds > 0) {
        unsigned pages = rounds < BATCH ? rounds : BATCH;
        char *fresh =
            mmap(NULL, pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        need("mmap", fresh == MAP_FAILED ? -1 : 0);
        for (unsigned i = 0; i < pages; i++) {
            fresh[i * page] = 1;
        }
        need("munmap", munmap(fresh, pages * page));
        rounds -= pages;
    }
}

static void map_unmap(unsigned rounds)
{
    while (rounds-- > 0) {
        void *fresh = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        need("mmap", fresh == MAP_FAILED ? -1 : 0);
        need("munmap", munmap(fresh, MIB));
    }
}

static void memory_copy(unsigned rounds)
{
    while (rounds-- > 0) {
        memcpy(copy, area, MIB);
        __asm__ volatile("" ::: "memory");
    }
}

/* ---- programs ---- */

static void shell(const char *command, unsigned rounds)
{
    while (rounds-- > 0) {
        pid_t child = fork_work();
        if (child == 0) {
            execl("/bin/sh", "sh", "-c", command, (char *)NULL);
            _exit(1);
        }
        join(child);
    }
}

static void compression(unsigned rounds)
{
    shell("busybox gzip -c /tmp/data >/dev/null", rounds);
}

static void shell_script(unsigned rounds)
{
    shell("i=0; while [ $i -lt 10 ]; do busybox echo $i | busybox tr 0-9 a-j >>/tmp/out; i=$((i + "
          "1)); done; "
          "busybox sort -r /tmp/out | busybox wc >/dev/null; busybox rm /tmp/out",
          rounds);
}

/* Text of a kind, the same each time. */
static void make_data(void)
{
    uint64_t random = 88172645463325252;
    int file = open("/tmp/data", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    need("/tmp/data", file);
    for (size_t i = 0; i < MIB; i++) {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        area[i] = (char)('a' + (random & random >> 8 & 15));
    }
    need("write", write(file, area, MIB));
    close(file);
}

static const struct work works[] = {
    {"null_call", 20000, null_call}, {"read", 20000, read_one},
    {"write", 20000, write_one},     {"signal_handler", 5000, signal_handler},
    {"pipe", 5000, pipe_alone},      {"unix_socket", 2000, unix_socket},
    {"semaphore", 2000, semaphore},  {"switch_2", 2000, switch_2},
    {"switch_10", 400, switch_10},   {"fork", 100, fork_exit},
    {"fork_exec", 100, fork_exec},   {"page_fault", 20000, page_fault},
    {"mmap", 5000, map_unmap},       {"memory_copy", 500, memory_copy},
    {"compression", 1, compression}, {"shell_script", 3, shell_script},
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "child") == 0) {
        return 0;
    }
    need("/dev", mount("dev", "/dev", "devtmpfs", 0, NULL));
    need("/tmp", mount("tmp", "/tmp", "tmpfs", 0, NULL));
    int console = open("/dev/console", O_RDWR);
    need("/dev/console", console);
    for (int i = 0; i < 3; i++) {
        need("dup2", dup2(console, i));
    }
    need("/dev/null", null_file = open("/dev/null", O_WRONLY));
    need("/dev/zero", zero_file = open("/dev/zero", O_RDONLY));
    area = malloc(MIB);
    copy = malloc(MIB);
    need("malloc", area && copy ? 0 : -1);
    memset(copy, 1, MIB);
    make_data();
    for (unsigned i = 0; i < sizeof works / sizeof works[0]; i++) {
        works[i].run(1 + works[i].rounds / 100);
        uint64_t begin = counter();
        works[i].run(works[i].rounds);
        uint64_t end = counter();
        printf("WORK name=%s rounds=%u ticks=%llu\n", works[i].name, works[i].rounds,
               (unsigned long long)(end - begin));
        fflush(stdout);
    }
    printf("WORK done\n");
    fflush(stdout);
    for (;;) {
        pause();
    }
}
