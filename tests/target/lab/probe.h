/* SPDX-License-Identifier: Apache-2.0 */
/* A thread in a cell of its own that tries one thing at a time; its faults come to the test. */
#pragma once

#include "tests/target/lab/lab.h"

struct lab_probe {
    uint32_t pool, cell;
    struct lab_thread thread;
    uint32_t handler; /* lab.door with the badge LAB_PROBE_BADGE */
    void *stack;
};
#define LAB_PROBE_BADGE    0x9e
#define LAB_PROBE_PRIORITY 30
#define LAB_PROBE_SLOTS    32

/* What became of a try. */
struct lab_outcome {
    bool faulted; /* else it came through, or it hung */
    bool hung;
    struct bh_fault_words fault;
};

/* A cell with this program's image and one thread. flags: enum bh_thread_flag. */
void lab_probe_open(struct lab_probe *probe, uint64_t flags);
/* The same with nothing in its space. */
void lab_probe_open_empty(struct lab_probe *probe, uint64_t flags);
void lab_probe_close(struct lab_probe *probe);

/* Let it execute entry(arg); if it faults it is stopped there. */
struct lab_outcome lab_probe_try(struct lab_probe *probe, void (*entry)(uint64_t arg),
                                 uint64_t arg);
/* Wait for its next fault without a new start; the fault stays unanswered. */
struct lab_outcome lab_probe_wait(enum bh_action action, uint64_t milliseconds);
