/* SPDX-License-Identifier: Apache-2.0 */
/* Cyclic time partitions of a core: the windows of a plan admit groups of budgets, one after the
 * other. */
#pragma once

#include "kernel/obj/budget.h"
#include "kernel/obj/core.h"

/* The budget that comes first among those that the window admits; NULL: none. At most one step for
 * each group. */
COLD struct budget *plan_first(const struct cpu *cpu);

static ALWAYS_INLINE struct budget *sched_first(const struct cpu *cpu)
{
    return likely(cpu->plan.always == 0) ? cpu->ready.first : plan_first(cpu);
}

/* The next place before all others of one priority, or behind them. */
static inline uint64_t plan_place(struct cpu *cpu, bool first)
{
    uint64_t turn = ++cpu->plan.turns;
    return UINT64_MAX / 2 + (first ? -turn : turn);
}

/* Queue a budget in its group; order: among those of its priority. */
void plan_queue(struct budget *budget, uint64_t order);

/* If the window is over, the next one begins. */
COLD void plan_turn(struct cpu *cpu, uint64_t now);

/* From now on budgets of this core may have groups, and every switch passes sched_first. */
void plan_prepare(struct cpu *cpu);

/* Begin the plan in this pool memory (NULL: none) at once, or when the frame ends. BUSY. */
MUST_CHECK status plan_start(struct core *core, struct slot *memory, bool at_once);
