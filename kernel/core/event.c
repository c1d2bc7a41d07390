/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how an event looks in the registers of the thread that waited for it. */
#include "kernel/core/event.h"

#include "kernel/sched/sched.h"

void event_deliver(struct thread *thread, enum bh_event event, uint64_t value)
{
    thread->recv_slot = 0;
    event_fill(thread, event, value);
}

void event_deliver_pending(struct thread *thread)
{
    if (thread->state == THREAD_WAITING && thread->signals != 0) {
        uint64_t bits = thread->signals;
        thread->signals = 0;
        event_deliver(thread, BH_EVENT_SIGNAL, bits);
    }
}

NOINLINE void event_signal(struct thread *thread, uint64_t bits)
{
    struct budget *budget = thread->budget;
    if (likely(thread->receptive && budget && !budget->special)) { /* as signal_arrive() */
        event_fill(thread, BH_EVENT_SIGNAL, bits);
        sched_start(budget);
        return;
    }
    thread->signals |= bits;
    thread->receptive = NULL;
    if (budget) {
        event_deliver_pending(thread);
        sched_wake(thread);
    }
}
