/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which thread a budget belongs to, what it has used and when that comes back. */
#include "kernel/obj/budget.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/event.h"
#include "kernel/lib/atomic.h"
#include "kernel/obj/pool.h"
#include "kernel/sched/posted.h"
#include "kernel/sched/sched.h"

#define PERIOD_MAX (UINT32_MAX / 2) /* sums of used ticks stay below 2^32 */

bool budget_good(struct budget_terms terms)
{
    uint32_t amount = (uint32_t)terms.limit, period = (uint32_t)(terms.limit >> 32);
    return (uint32_t)terms.order < PRIORITIES &&
           (terms.limit == 0 ||
            (amount >= ARCH_AMOUNT_LEAST && amount <= period && period <= PERIOD_MAX));
}

void budget_make(struct budget *budget, struct cpu *cpu, struct budget_terms terms)
{
    budget->cpu = cpu;
    budget->priority = budget->ceiling = (uint8_t)terms.order;
    budget->slice = (uint32_t)(terms.order >> 32);
    budget->amount = (uint32_t)terms.limit;
    budget->period = (uint32_t)(terms.limit >> 32);
    budget->available = budget->amount;
    budget->timed = budget->slice != 0 || terms.limit != 0 ? TIMED_COUNT : 0;
}

void budget_unbound(struct budget *budget)
{
    budget->thread->budget = NULL;
    budget->cpu->unbound = budget;
    budget->cpu->early = LOCK_REST;
}

status budget_bind(struct thread *thread, struct slot *cap)
{
    const struct thread *bound = cap ? budget_of(slot_object(cap))->thread : NULL;
    if (bound && bound != thread) {
        return BH_BUSY;
    }
    uint8_t moves = thread->moves;
    thread->moves |= cap && thread->budget;
    atomic_fence(); /* seen before its budget is gone */
    status result = cap_bind(&thread->budget_slot, cap);
    thread->moves = result == BH_OK ? thread->moves : moves;
    return result;
}

void budget_bound(struct thread *thread)
{
    struct budget *budget = budget_of(slot_object(&thread->budget_slot));
    budget->thread = thread;
    thread->budget = budget;
    atomic_write_release(&thread->moves, 0);
    posted_bound(budget);
    event_deliver_pending(thread);
    sched_wake(thread);
}

void budget_group(struct budget *budget, uint8_t group)
{
    enum budget_queued queued = (enum budget_queued)budget->queued;
    sched_dequeue(budget);
    budget->group = group;
    budget->special =
        (uint8_t)((budget->special & SPECIAL_EXHAUSTED) | (group ? SPECIAL_GROUP : 0));
    budget->next = NULL;
    if (queued != QUEUED_NO) {
        sched_wake(budget->thread);
    }
}

/* ---- the sporadic server ---- */

static void refill_drop(struct budget *budget, unsigned place)
{
    struct limit *limit = budget->limit;
    budget->refill_count--;
    /* bound: REFILLS, 8 */
    for (; place < budget->refill_count; place++) {
        limit->when[place] = limit->when[place + 1];
        limit->refill[place] = limit->refill[place + 1];
    }
}

/* Nothing that it is derived from is gone or going. */
static bool budget_backed(const struct budget *budget)
{
    /* bound: 8 parts of parts */
    while (budget->nesting != 0) {
        const struct object *parent = slot_object(&budget->limit->parent);
        if (!parent || parent->dying) {
            return false;
        }
        budget = container_of(parent, const struct budget, object);
    }
    return true;
}

bool budget_refill(struct budget *budget, uint64_t now)
{
    const struct limit *limit = budget->limit;
    if (unlikely(!budget_backed(budget))) {
        budget->amount = budget->refill_count = 0;
        budget->available = 0;
    }
    /* bound: REFILLS, 8 */
    while (budget->refill_count != 0 && limit->when[0] <= now) {
        budget->available += limit->refill[0];
        refill_drop(budget, 0);
    }
    budget->special = (uint8_t)((budget->special & SPECIAL_GROUP) | (budget->available <= 0));
    return budget->available > 0;
}

/* One refill more, behind all others. If there are too many, one joins its successor: it comes
 * when, used without a pause, it would last until then, so nobody has more at any time. The one
 * whose ticks are late the least for that. */
static void refill_append(struct budget *budget, uint64_t when, uint32_t ticks)
{
    struct limit *limit = budget->limit;
    unsigned last = budget->refill_count, best = last;
    uint64_t least = UINT64_MAX, next = when, begin = when;
    uint32_t joins = 0;
    if (last == REFILLS) {
        /* bound: REFILLS, 8 */
        for (unsigned i = REFILLS; i-- > 0; next = limit->when[i]) {
            uint64_t end = limit->when[i] + limit->refill[i], pause = next > end ? next - end : 0;
            if (pause * limit->refill[i] <= least) {
                least = pause * limit->refill[i];
                best = i;
                begin = limit->when[i] + pause;
            }
        }
        joins = limit->refill[best];
        refill_drop(budget, best);
        last--;
    }
    limit->when[last] = when;
    limit->refill[last] = ticks;
    limit->when[best] = begin;
    limit->refill[best] += joins;
    budget->refill_count++;
}

bool budget_charge(struct budget *budget, uint64_t since, uint64_t now)
{
    struct limit *limit = budget->limit;
    /* Only a machine that was stopped for a while takes longer than a period. */
    uint32_t used = now - since < budget->period ? (uint32_t)(now - since) : budget->period;
    uint64_t when = since + budget->period;
    unsigned last = budget->refill_count - 1u;
    if (used == 0) {
        return false;
    }
    budget->available -= used;
    /* What comes back before the last refill can be used up may as well come with it: nobody gets
     * more than his amount in any period by that. */
    if (budget->refill_count == 0 || when > limit->when[last] + limit->refill[last]) {
        refill_append(budget, when, used);
    } else {
        limit->refill[last] += used;
    }
    return !budget_refill(budget, now);
}

/* ---- a part of another one ---- */

/* Ticks of a parent's amount that a part of these terms is: what it gets in one of the parent's
 * periods, rounded up. So the sum is exact if their periods divide the parent's, and never too
 * small. */
static uint64_t budget_share(const struct budget *parent, uint64_t limit)
{
    uint64_t amount = (uint32_t)limit, period = limit >> 32;
    return (amount * parent->period + period - 1) / period;
}

/* So much less from now on; or so much more, a period from now. */
static void budget_change(struct budget *budget, uint32_t less, uint32_t more)
{
    uint64_t now = arch_now();
    if (budget->period == 0) {
        return;
    }
    sched_forget(budget);
    budget->amount += more - less;
    budget->available -= less;
    if (more != 0) {
        refill_append(budget, now + budget->period, more);
    }
    (void)budget_refill(budget, now);
    if (budget->queued != QUEUED_NO) {
        sched_requeue(budget);
    }
}

status budget_derivable(struct slot *cap, struct budget_terms terms)
{
    const struct budget *parent = budget_of(slot_object(cap));
    if (terms.limit == 0 || (uint8_t)terms.order > parent->ceiling ||
        parent->nesting == BUDGET_NESTING) {
        return BH_BAD_ARG;
    }
    bool more = parent->period != 0 && budget_share(parent, terms.limit) > parent->amount;
    return more || cap_closed(cap) ? BH_BUSY : BH_OK;
}

void budget_derive(struct budget *budget, struct slot *cap, struct budget_terms terms)
{
    const struct budget *parent = budget_of(slot_object(cap));
    budget->nesting = (uint8_t)(parent->nesting + 1);
    cap_put_child(&budget->limit->parent, NULL, cap, cap_terms_of(cap));
    budget->limit->parent.progress = BINDING_PARENT;
    budget->limit->share = (uint32_t)budget_share(parent, terms.limit);
    budget->amount = 0; /* all of it comes a period from now */
    budget->available = 0;
    budget->group = parent->group;
    budget->special |= parent->special & SPECIAL_GROUP;
}

void budget_begin(struct budget *budget, uint32_t amount)
{
    if (budget->nesting != 0) {
        budget_change(budget, 0, amount);
        budget_change(budget_of(slot_object(&budget->limit->parent)), budget->limit->share, 0);
    }
}

void budget_orphaned(struct slot *parent)
{
    struct budget *budget = budget_of(slot_object(parent));
    struct cpu *cpu = budget->cpu;
    cpu->orphaned = budget;
    cpu->returned = container_of(parent, struct limit, parent)->share;
    cpu->early = LOCK_REST;
    if (cpu != cpu_this()) { /* it is off */
        budget_settle(cpu);
    }
}

void budget_settle(struct cpu *cpu)
{
    struct budget *orphaned = cpu->orphaned, *unbound = cpu->unbound;
    cpu->orphaned = cpu->unbound = NULL;
    cpu->early &= (uint8_t)~LOCK_REST;
    if (orphaned) {
        if (cpu->counted) {
            sched_forget(cpu->counted); /* it may be derived from this one */
        }
        budget_change(orphaned, 0, cpu->returned);
    }
    if (unbound) {
        unbound->thread = NULL;
        sched_forget(unbound); /* this may exhaust it */
        sched_dequeue(unbound);
        unbound->priority = unbound->ceiling;
    }
}
