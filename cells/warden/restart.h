/* SPDX-License-Identifier: Apache-2.0 */
/* Building a cell again after a fault, and when not to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cells/warden/plan.h"

/* More restarts than this in so many seconds do not help: the cell stays stopped. */
#define RESTART_MAX     10
#define RESTART_SECONDS 10

/* What is to become of a faulted cell. */
enum restart_verdict {
    RESTART_NEVER, /* the description does not say that it is restarted */
    RESTART_NOW,
    RESTART_TOO_OFTEN
};

/* now: CNTPCT; frequency: its ticks per second. A restart that is allowed counts as made. */
enum restart_verdict restart_judge(const struct plan_view *plan, uint32_t index, uint64_t now,
                                   uint64_t frequency);

/* Suspends the cell's thread, so that nobody waits for the answer to its fault, and runs on its
 * budget from here on: nobody of a higher priority notices, and a cell that faults all the time
 * spends its own time on it. */
void restart_take_over(const struct plan_cell *cell);

/* Behind that: takes the cell apart, makes its memory as new, builds it again, gives its budget
 * back and starts it. */
void restart_cell(const struct plan_view *plan, const struct plan_cell *cell);

/* Or: leaves it suspended. */
void restart_give_up(void);
