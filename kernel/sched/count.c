/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what running costs a budget, and when it must stop. */
#include "kernel/sched/count.h"

#include "kernel/arch/arch.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/trace.h"
#include "kernel/sched/deadline.h"
#include "kernel/sched/sched.h"

bool count_has_time(struct budget *budget)
{
    if (budget_refill(budget, arch_now())) {
        return true;
    }
    budget->queued = QUEUED_REFILL;
    if (budget->refill_count != 0) {
        alarm_set(&budget->cpu->refills, &budget->alarm, budget->limit->when[0]);
        deadline_arm(budget->cpu);
    }
    return false;
}

/* A budget without time leaves the ready queue. */
static void count_leave(struct budget *budget)
{
    if (budget->queued >= QUEUED_READY) {
        sched_dequeue(budget);
        sched_queue(budget); /* a refill may have come since now was read */
    }
}

/* A budget has used up its amount: its signal is sent. */
static void count_exhausted(struct budget *budget)
{
    const struct slot *signal = &budget->limit->signal;
    if (budget->thread) {
        trace_event(budget->thread, BH_TRACE_EXHAUSTED, 0, 0);
    }
    count_leave(budget);
    if (signal->word != 0) {
        (void)signal_send(signal_of(slot_object(signal)), signal->badge);
    }
}

static void count_end(struct cpu *cpu, uint64_t now)
{
    struct budget *budget = cpu->counted;
    uint64_t used = now - cpu->since;
    if (budget->thread) {
        (void)atomic_add(&budget->thread->cell->time, used);
    }
    if (budget->slice != 0 && budget->queued >= QUEUED_READY) {
        budget->left = budget->left > used ? budget->left - (uint32_t)used : 1;
    }
    if (budget->period != 0 && budget_charge(budget, cpu->since, now)) {
        count_exhausted(budget);
    }
}

static uint64_t count_begin(struct budget *budget, uint64_t now)
{
    uint64_t ticks = UINT64_MAX;
    if (budget->slice != 0) {
        ticks = budget->left = budget->left ? budget->left : budget->slice;
    }
    if (budget->period != 0) {
        if (!budget_refill(budget, now)) { /* its parent is gone */
            count_leave(budget);
            return 0;
        }
        ticks = ticks < (uint64_t)budget->available ? ticks : (uint64_t)budget->available;
    }
    return now + ticks;
}

void count_switch(struct cpu *cpu, struct budget *budget)
{
    uint64_t now = arch_now();
    if (cpu->stop != 0) {
        count_end(cpu, now);
    }
    cpu->counted = budget;
    cpu->since = now;
    cpu->stop = budget && (budget->timed & TIMED_COUNT) ? count_begin(budget, now) : 0;
    deadline_arm(cpu);
}
