/* SPDX-License-Identifier: Apache-2.0 */
/* Cyclic time partitions of a core: the windows of a plan admit groups of budgets, one after the
 * other. */
#pragma once

#include "kernel/obj/budget.h"
#include "kernel/obj/core.h"

/* The budget that comes first among those that the window admits; NULL: none. */
COLD struct budget *plan_first(const struct cpu *cpu);

/* The priority of the one behind it, if that one has a group; 0: none. */
COLD unsigned plan_second(const struct budget *first);

/* Another budget may be the first of a group. */
COLD void plan_changed(struct cpu *cpu, unsigned group);

static ALWAYS_INLINE struct budget *sched_first(const struct cpu *cpu)
{
    return likely(cpu->plan.always == 0) ? cpu->ready.first : plan_first(cpu);
}

/* Queue a budget in its group: before all others of its priority, or behind them. */
void plan_queue(struct budget *budget, bool first);

/* If the window is over, the next one begins: true. */
COLD bool plan_turn(struct cpu *cpu, uint64_t now);

/* From now on budgets of this core may have groups, and every switch passes sched_first. */
void plan_prepare(struct cpu *cpu);

/* Begin the plan in this pool memory (NULL: none) at once, or when the frame ends; gives the lock
 * back. BUSY. */
MUST_CHECK status plan_start(struct core *core, struct slot *memory, bool at_once);
