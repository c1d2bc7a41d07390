/* SPDX-License-Identifier: Apache-2.0 */
/* What arrives in a waiting thread's inbox: signals, deadlines, messages. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/thread.h"

/* Make a WAITING thread READY with an event; its words are value and zeros. */
void event_deliver(struct thread *thread, enum bh_event event, uint64_t value);

/* Deliver pending signals to a WAITING thread that has a budget to run on. */
void event_deliver_pending(struct thread *thread);

/* Set signal bits of a thread of this core and wake it if it waits. OK. */
status event_signal(struct thread *thread, uint64_t bits);
