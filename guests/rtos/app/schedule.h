/* SPDX-License-Identifier: Apache-2.0 */
/* Memory "schedule", which several guests with the argument tasks=N write: whose job began or
 * ended, in the order in which it happened. */
#pragma once

#include <stdint.h>

#define SCHEDULE_ENTRIES 900

enum schedule_kind { SCHEDULE_BEGIN, SCHEDULE_END };

struct schedule_entry {
    uint8_t guest, task, job, kind; /* kind: enum schedule_kind */
};

struct schedule {
    uint64_t start;  /* counter at time 0, set by the last guest that comes up */
    uint32_t guests; /* that are up */
    uint32_t wanted; /* so many are waited for; set by who judges */
    uint32_t count;  /* entries */
    uint32_t over;   /* tasks whose jobs are done */
    struct schedule_entry entries[SCHEDULE_ENTRIES];
};
_Static_assert(sizeof(struct schedule) <= 4096, "a page");
