/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how an event looks in the registers of the thread that waited for it. */
#include "kernel/core/event.h"

#include "kernel/sched/sched.h"

static ALWAYS_INLINE void event_fill(struct thread *thread, enum bh_event event, uint64_t value)
{
    uint64_t *x = thread->frame.x;
    x[0] = value;
    x[1] = x[2] = x[3] = x[4] = x[5] = x[6] = x[7] = 0;
    x[REG_STATUS] = BH_OK;
    x[REG_BADGE] = 0;
    x[REG_EVENT] = event;
    x[REG_SLOT] = 0;
    thread->receptive = NULL;
    thread->state = THREAD_READY;
}

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

static NOINLINE status signal_slow(struct thread *thread, uint64_t bits)
{
    thread->signals |= bits;
    thread->receptive = NULL;
    if (thread->budget) {
        event_deliver_pending(thread);
        sched_wake(thread);
    }
    return BH_OK;
}

status event_signal(struct thread *thread, uint64_t bits)
{
    struct budget *budget = thread->budget;
    if (unlikely(!thread->receptive || !budget || budget->special)) {
        return signal_slow(thread, bits);
    }
    /* It names no slot, and its budget is not queued but has time. */
    event_fill(thread, BH_EVENT_SIGNAL, bits);
    sched_start(budget);
    return BH_OK;
}
