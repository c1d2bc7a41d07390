/* SPDX-License-Identifier: Apache-2.0 */
/* What the judge and the workers of windows.dts share. */
#pragma once

#include <stdint.h>

#define STAYS 400 /* that a worker notes, at most */

/* An uninterrupted run: in ticks. */
struct stay {
    uint64_t from, to;
};

/* Of one worker, who writes it, and goes on with it when it is built again. */
struct stays {
    uint64_t births;
    uint64_t count; /* whole ones; one more is going on */
    struct stay stays[STAYS];
};

/* From the judge to each worker: the birth that it shall end with a fault. */
struct orders {
    volatile uint64_t fault[3];
};
