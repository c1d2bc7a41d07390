/* SPDX-License-Identifier: Apache-2.0 */
/* Periodic work and its deadlines: a thread does a job in each of its periods, and somebody else,
 * with a higher priority, hears of each job that is not done when its period ends. The kernel knows
 * nothing of it: both wait with a deadline, and share a record. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cells/lib/call.h"
#include "cells/lib/counter.h"

/* In memory that the worker writes and the watcher reads. */
struct period_record {
    uint64_t start; /* counter at which job 0 is released; 0: not yet */
    uint64_t ticks; /* of a period: job n is to be done at start + (n + 1) * ticks */
    uint64_t done;  /* jobs 0 to done - 1 are over */
};

/* Let no event but the deadline end the wait. */
static inline void period_sleep(uint64_t until)
{
    while (counter_now() < until) {
        struct bh_message m = {{0}};
        struct bh_received r;
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, (struct bh_wait){.deadline = until});
    }
}

/* The worker's first job is released now. */
static inline void period_open(struct period_record *record, uint64_t ticks)
{
    record->ticks = ticks;
    record->done = 0;
    __atomic_store_n(&record->start, counter_now(), __ATOMIC_RELEASE);
}

/* The worker has done its job: sleep until the next one is released. Jobs whose periods began
 * meanwhile are left out. Returns the next job's number. */
static inline uint64_t period_wait(struct period_record *record)
{
    uint64_t next = (counter_now() - record->start) / record->ticks + 1;

    __atomic_store_n(&record->done, next, __ATOMIC_RELEASE);
    period_sleep(record->start + next * record->ticks);
    return next;
}

/* The watcher sleeps until this job is to be done. True: it is. */
static inline bool period_watch(const struct period_record *record, uint64_t job)
{
    period_sleep(record->start + (job + 1) * record->ticks);
    return __atomic_load_n(&record->done, __ATOMIC_ACQUIRE) > job;
}
