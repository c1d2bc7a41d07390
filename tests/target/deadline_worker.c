/* SPDX-License-Identifier: Apache-2.0 */
/* Works in every period as long as its table says; one job never ends. */
#include "cells/lib/period.h"
#include "cells/lib/start.h"
#include "tests/target/deadline.h"

static uint64_t ticks(uint64_t microseconds)
{
    return microseconds * counter_frequency() / 1000000;
}

void cell_main(const struct start_info *start)
{
    static const uint32_t jobs[] = DEADLINE_JOBS;
    struct period_record *record = (struct period_record *)(uintptr_t)start_need_memory(
                                       start, "deadlines", BH_MAP_READ | BH_MAP_WRITE)
                                       ->address;

    period_open(record, ticks(DEADLINE_PERIOD));
    for (uint64_t job = 0;; job = period_wait(record)) {
        uint64_t length = job < DEADLINE_COUNT ? jobs[job] : DEADLINE_ENDLESS;
        for (uint64_t begin = counter_now(); counter_now() - begin < ticks(length);) {
        }
    }
}
