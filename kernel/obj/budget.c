/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which thread a budget belongs to and keeps the ready queue in step. */
#include "kernel/obj/budget.h"

#include "kernel/cap/cap.h"
#include "kernel/core/event.h"
#include "kernel/sched/sched.h"

void budget_unbound(struct budget *budget)
{
    struct thread *thread = budget->thread;
    sched_dequeue(budget);
    sched_forget(budget);
    thread->budget = NULL;
    budget->thread = NULL;
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
