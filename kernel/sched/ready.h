/* SPDX-License-Identifier: Apache-2.0 */
/* Ready queue of one core: budgets by priority, FIFO within one. */
#pragma once

#include "kernel/lib/types.h"

struct budget;

#define PRIORITIES 256

struct ready_queue {
    struct budget *first; /* oldest of the highest priority; NULL: none is ready */
    uint64_t bitmap[PRIORITIES / 64];
    struct budget *head[PRIORITIES]; /* circular list through budget.next, oldest first */
};
