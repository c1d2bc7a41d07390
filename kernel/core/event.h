/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives in a waiting thread's inbox: signals, deadlines, messages. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/thread.h"

/* Make a WAITING thread READY with an event; its words are value and zeros. */
void event_deliver(struct thread *thread, enum bh_event event, uint64_t value);

/* The same with one that names no slot. */
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

/* Deliver pending signals to a WAITING thread that has a budget to run on. */
void event_deliver_pending(struct thread *thread);

/* Set signal bits of a thread of this core and wake it if it waits. */
void event_signal(struct thread *thread, uint64_t bits);
