/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the differential test: seeds one after the other, each in a process of its own; a difference
 * is
 * shortened to the few events that it needs and printed with its seed.
 *
 *   model [--steps N] [--seed S] [--coverage] [--brief] */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proofs/model/diff/cores.h"

#define RUN_STEPS       10000u /* events of one run */
#define IDLE_MOST       60     /* events in a row with nobody running end a run */
#define SHORTEN_SECONDS 60

static struct diff diff;

static void *shared(size_t size)
{
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) {
        perror("mmap");
        exit(2);
    }
    return bytes;
}

/* ---- in the child ---- */

/* What counts which lines ran, in builds that do. */
void __gcov_dump(void) __attribute__((weak));

static NORETURN void child_end(int result)
{
    if (__gcov_dump) {
        __gcov_dump();
    }
    _exit(result);
}

static bool same_at_end(void)
{
    return diff.model.full || (diff_compare(&diff, true) && diff_spaces(&diff));
}

static int run(struct report *report, uint64_t seed)
{
    unsigned idle = 0;
    diff_begin(&diff, report, seed);
    if (!diff_compare(&diff, true)) {
        return 1;
    }
    while (report->op_count < RUN_STEPS && idle < IDLE_MOST && !diff.model.full) {
        struct op op = diff_choose(&diff);
        idle = cores_idle(&diff) ? idle + 1 : 0;
        report->ops[report->op_count++] = op;
        report->steps++;
        if (!diff_apply(&diff, &op) && !diff.model.full) {
            return 1;
        }
    }
    return same_at_end() ? 0 : 1;
}

static int replay(struct report *report, uint64_t seed, const struct op *ops, unsigned count)
{
    diff_begin(&diff, report, seed);
    (void)diff_compare(&diff, true);
    for (unsigned i = 0; i < count && !diff.model.full; i++) {
        report->steps = i;
        if (!diff_apply(&diff, &ops[i]) && !diff.model.full) {
            return 1;
        }
    }
    return same_at_end() ? 0 : 1;
}

/* ---- in the parent ---- */

static bool child_failed(pid_t child, struct report *report)
{
    int result = 0;
    waitpid(child, &result, 0);
    bool failed = !WIFEXITED(result) || WEXITSTATUS(result) != 0;
    if (failed && report->difference[0] == 0) {
        snprintf(report->difference, sizeof report->difference,
                 "the run ended with %s %d: see above", WIFSIGNALED(result) ? "signal" : "status",
                 WIFSIGNALED(result) ? WTERMSIG(result) : WEXITSTATUS(result));
    }
    return failed;
}

static bool run_failed(struct report *report, uint64_t seed)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        child_end(run(report, seed));
    }
    return child_failed(child, report);
}

static bool replay_failed(struct report *report, uint64_t seed, const struct op *ops,
                          unsigned count)
{
    report->difference[0] = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) {
            _exit(2);
        }
        alarm(20);
        child_end(replay(report, seed, ops, count));
    }
    return child_failed(child, report);
}

/* Leave out pieces, large ones first, as long as the rest still fails. */
static unsigned shorten(struct report *scratch, uint64_t seed, struct op *ops, unsigned count)
{
    time_t end = time(NULL) + SHORTEN_SECONDS;
    struct op *trial = malloc(count * sizeof *trial);
    if (!trial) {
        return count;
    }
    for (unsigned piece = count / 2; piece > 0; piece = piece > 1 ? piece / 3 + 1 : 0) {
        for (unsigned at = 0; at < count && time(NULL) < end;) {
            unsigned gone = at + piece > count ? count - at : piece;
            memcpy(trial, ops, at * sizeof *ops);
            memcpy(trial + at, ops + at + gone, (count - at - gone) * sizeof *ops);
            if (replay_failed(scratch, seed, trial, count - gone)) {
                count -= gone;
                memcpy(ops, trial, count * sizeof *ops);
            } else {
                at += gone;
            }
        }
    }
    free(trial);
    return count;
}

static void explain(struct report *report, uint64_t seed, bool brief)
{
    unsigned count = report->op_count;
    struct op *ops = malloc(count * sizeof *ops);
    struct report *scratch = shared(sizeof *scratch + RUN_STEPS * sizeof(struct op));
    printf("model: DIFFERENCE with seed %llu after %u events: %s\n", (unsigned long long)seed,
           count, report->difference);
    if (brief || !ops) {
        free(ops);
        return;
    }
    memcpy(ops, report->ops, count * sizeof *ops);
    if (replay_failed(scratch, seed, ops, count)) {
        count = shorten(scratch, seed, ops, count);
        (void)replay_failed(scratch, seed, ops, count);
        printf("model: shortened to %u events: %s\n", count, scratch->difference);
    }
    for (unsigned i = count > 60 ? count - 60 : 0; i < count; i++) {
        diff_print(&ops[i], i);
    }
    free(ops);
}

static void add(struct report *total, const struct report *one)
{
    total->steps += one->steps;
    total->preempted += one->preempted;
    total->checks += one->checks;
    for (unsigned i = 0; i < DIFF_CALLS; i++) {
        for (unsigned k = 0; k < DIFF_STATUSES; k++) {
            total->coverage[i][k] += one->coverage[i][k];
        }
    }
    for (unsigned i = 0; i < OP_KINDS; i++) {
        total->kinds[i] += one->kinds[i];
    }
}

static void print_coverage(const struct report *total)
{
    static const char *const statuses[DIFF_STATUSES] = {
        "OK",       "BAD_CALL", "BAD_ARG",   "NO_CAP", "BAD_TYPE", "NO_RIGHT",
        "STALE",    "NO_SLOT",  "NO_MEMORY", "BUSY",   "DOWN",     "NO_CALLER",
        "CANCELED", "DEADLOCK", "CORE",      "NO_VMID"};
    unsigned pairs = 0;
    for (unsigned i = 0; i < DIFF_CALLS; i++) {
        if (!diff_call_name(i)) {
            continue;
        }
        printf("%-16s", diff_call_name(i));
        for (unsigned k = 0; k < DIFF_STATUSES; k++) {
            pairs += total->coverage[i][k] != 0;
            if (total->coverage[i][k]) {
                printf(" %s=%llu", statuses[k], (unsigned long long)total->coverage[i][k]);
            }
        }
        printf("\n");
    }
    printf("%u pairs of call and status; events:", pairs);
    for (unsigned i = 0; i < OP_KINDS; i++) {
        printf(" %llu", (unsigned long long)total->kinds[i]);
    }
    printf("\n");
}

struct options {
    uint64_t steps, seed;
    bool coverage;
    bool brief; /* a difference is not shortened */
};

static struct options options_read(int argc, char **argv)
{
    struct options o = {1000000, 1, false, false};
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--coverage") == 0) {
            o.coverage = true;
        } else if (strcmp(argv[i], "--brief") == 0) {
            o.brief = true;
        } else if (i + 1 < argc && strcmp(argv[i], "--steps") == 0) {
            o.steps = strtoull(argv[++i], NULL, 0);
        } else if (i + 1 < argc && strcmp(argv[i], "--seed") == 0) {
            o.seed = strtoull(argv[++i], NULL, 0);
        } else {
            fprintf(stderr, "usage: diff [--steps N] [--seed S] [--coverage] [--brief]\n");
            exit(2);
        }
    }
    return o;
}

int main(int argc, char **argv)
{
    struct options o = options_read(argc, argv);
    struct report *report = shared(sizeof *report + RUN_STEPS * sizeof(struct op));
    static struct report total;
    unsigned runs = 0;
    for (uint64_t seed = o.seed; total.steps < o.steps; seed++, runs++) {
        memset(report, 0, sizeof *report);
        if (run_failed(report, seed)) {
            explain(report, seed, o.brief);
            printf("model: %u passed, 1 failed\n", runs);
            return 1;
        }
        add(&total, report);
    }
    if (o.coverage) {
        print_coverage(&total);
    }
    printf("model: %llu steps in %u runs without a difference, %llu interrupted calls, %llu "
           "invariant checks\n",
           (unsigned long long)total.steps, runs, (unsigned long long)total.preempted,
           (unsigned long long)total.checks);
    printf("model: %u passed, 0 failed\n", runs);
    return 0;
}
