/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which thread a budget belongs to, what it has used and when that comes back. */
#include "kernel/obj/budget.h"

#include "kernel/cap/cap.h"
#include "kernel/core/event.h"
#include "kernel/obj/pool.h"
#include "kernel/sched/sched.h"

#define PERIOD_MAX (UINT32_MAX / 2) /* sums of used ticks stay below 2^32 */

bool budget_good(uint64_t order, uint64_t limit)
{
    uint32_t amount = (uint32_t)limit, period = (uint32_t)(limit >> 32);
    return (uint32_t)order < PRIORITIES &&
           (limit == 0 || (amount - 1u < period && period <= PERIOD_MAX));
}

struct budget *budget_make(struct pool *pool, struct cpu *cpu, uint64_t order, uint64_t limit)
{
    uint64_t size = sizeof(struct budget) + (limit != 0 ? sizeof(struct limit) : 0);
    uint8_t block = pool_order(size);
    struct budget *budget = pool_alloc(pool, block);
    if (budget) {
        budget->cpu = cpu;
        budget->priority = (uint8_t)order;
        budget->slice = (uint32_t)(order >> 32);
        budget->amount = (uint32_t)limit;
        budget->period = (uint32_t)(limit >> 32);
        budget->available = (uint32_t)limit;
        budget->timed = budget->slice != 0 || limit != 0;
        pool_adopt(pool, &budget->object, BH_BUDGET, block);
    }
    return budget;
}

void budget_unbound(struct budget *budget)
{
    budget->thread->budget = NULL;
    budget->thread = NULL;
    sched_forget(budget); /* this may exhaust it */
    sched_dequeue(budget);
}

status budget_bind(struct thread *thread, struct slot *cap)
{
    if (!cap) {
        cap_unbind(&thread->budget_slot);
        return BH_OK;
    }
    struct budget *budget = budget_of(slot_object(cap));
    if (budget->thread && budget->thread != thread) {
        return BH_BUSY;
    }
    if (budget->cpu != thread->cpu) {
        return BH_OTHER_CORE;
    }
    status result = cap_bind(&thread->budget_slot, cap);
    if (result == BH_OK) {
        budget->thread = thread;
        thread->budget = budget;
        event_deliver_pending(thread);
        sched_wake(thread);
    }
    return result;
}

/* ---- the sporadic server ---- */

static void refill_drop(struct budget *budget, unsigned place)
{
    struct limit *limit = budget->limit;
    budget->refill_count--;
    for (; place < budget->refill_count; place++) {
        limit->when[place] = limit->when[place + 1];
        limit->refill[place] = limit->refill[place + 1];
    }
}

bool budget_refill(struct budget *budget, uint64_t now)
{
    const struct limit *limit = budget->limit;
    while (budget->refill_count != 0 && limit->when[0] <= now) {
        budget->available += limit->refill[0];
        refill_drop(budget, 0);
    }
    budget->exhausted = budget->available <= 0;
    return !budget->exhausted;
}

/* One refill more, behind all others. If there are too many, the one whose successor comes soonest
 * is put off to that time. */
static void refill_append(struct budget *budget, uint64_t when)
{
    struct limit *limit = budget->limit;
    unsigned best = 0, last = budget->refill_count;
    uint32_t put_off = 0;
    if (last == REFILLS) {
        uint64_t least = UINT64_MAX, next = when;
        for (unsigned i = REFILLS; i-- > 0; next = limit->when[i]) {
            if (next - limit->when[i] <= least) {
                least = next - limit->when[i];
                best = i;
            }
        }
        put_off = limit->refill[best];
        refill_drop(budget, best);
        last--;
    }
    limit->when[last] = when;
    limit->refill[last] = 0;
    limit->refill[best] += put_off;
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
        refill_append(budget, when);
    }
    limit->refill[budget->refill_count - 1] += used;
    return !budget_refill(budget, now);
}
