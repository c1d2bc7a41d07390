/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines that a worker misses come to a handler at once, each once, and no others do; the
 * handler takes a worker that never ends out of the way. */
#include "tests/target/deadline.h"

#include "cells/lib/period.h"
#include "tests/target/lab/lab.h"

#define LATE_US 50 /* of an event */
#define ENDLESS 3  /* periods that the endless job is watched for */

static const struct period_record *record;

static uint64_t microseconds(uint64_t counted)
{
    return counted * 1000000 / counter_frequency();
}

/* The worker is as long as the table says; job n may begin when all before it are over. */
static bool is_missed(uint64_t job)
{
    static const uint32_t jobs[] = DEADLINE_JOBS;
    uint64_t last = job;

    if (job >= DEADLINE_COUNT) {
        return true;
    }
    while (jobs[last] == 0) { /* left out: somebody before it was still at work */
        last--;
    }
    return last * DEADLINE_PERIOD + jobs[last] > (job + 1) * DEADLINE_PERIOD;
}

static void test_events(void)
{
    lab_begin("deadline.events");
    for (uint64_t job = 0; job < DEADLINE_COUNT + ENDLESS; job++) {
        bool done = period_watch(record, job);
        uint64_t late = microseconds(counter_now() - record->start) - (job + 1) * DEADLINE_PERIOD;
        if (!lab_expect(done != is_missed(job), "job %lu is %s", (unsigned long)job,
                        done ? "done" : "not done") ||
            !lab_expect(late <= LATE_US, "job %lu: the event is %lu us late", (unsigned long)job,
                        (unsigned long)late)) {
            break;
        }
    }
    lab_end();
}

/* Somebody below the worker runs again. */
static void test_handler(void)
{
    const struct start_memory *memory = start_need_memory(lab.start, "shares", BH_MAP_READ);
    const volatile uint64_t *ran = (const volatile uint64_t *)(uintptr_t)memory->address;
    uint64_t before = ran[0];

    lab_begin("deadline.handler_stops_the_worker");
    lab_sleep(10);
    lab_expect(ran[0] == before, "the worker left time");
    lab_need("thread_suspend", bh_thread_suspend(start_need_cap(lab.start, "worker", BH_THREAD)));
    lab_sleep(10);
    uint64_t after = microseconds(ran[0] - before);
    lab_expect(after >= 9900, "others ran for %lu of 10000 us", (unsigned long)after);
    lab_end();
}

void cell_main(const struct start_info *start)
{
    lab_open(start);
    record =
        (const struct period_record *)(uintptr_t)start_need_memory(start, "deadlines", BH_MAP_READ)
            ->address;
    while (__atomic_load_n(&record->start, __ATOMIC_ACQUIRE) == 0) {
        lab_sleep(1);
    }
    test_events();
    test_handler();
    lab_done();
}
