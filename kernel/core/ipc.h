/* SPDX-License-Identifier: Apache-2.0 */
/* Synchronous messages: call, reply_wait, and the calls that the kernel makes for faults and
 * exits. */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/lib/status.h"

/* The thread that a chain starting at thread ends in: follows CALLING to the callee, makes the
 * calls of RETRY threads again where they can go on, and sets cpu->indirect where they cannot. With
 * start, a thread that wants to call the first: NULL if start would have more than BH_CHAIN_MAX
 * links below it or is met. Without: NULL if there are more than twice as many; the last RETRY
 * thread then got DEADLOCK, and the caller may ask again. */
struct thread *ipc_chain_end(struct thread *thread, const struct thread *start);

/* End the call that thread is in, if it awaits a message reply, with status. */
void ipc_abort(struct thread *thread, status why);

/* The callee of a CALLING thread goes on without caller. */
void ipc_orphan_callee(struct thread *thread);

/* Who waits for thread's reply gets DOWN, or stays suspended if it waited for a fault or exit. */
void ipc_fail_caller(struct thread *thread);

/* A thread of another core has a message, fault or exit for a server of this core. */
void ipc_arrive(struct thread *thread);

/* A thread that this core has in its inbox, a queue or service goes home: its call gets CANCELED,
 * its fault or exit happens again. */
void ipc_recall(struct thread *thread);

/* The answer to a fault or exit, for a thread that is at home. */
void ipc_verdict(struct thread *caller, enum bh_action action);

/* Link caller and server; the server's state, depth and words are set by the caller of this. */
static ALWAYS_INLINE void link_server(struct thread *caller, struct thread *server,
                                      enum bh_event event, uint64_t badge)
{
    caller->callee = server;
    server->caller = caller;
    server->receptive = NULL;
    server->frame.x[REG_STATUS] = BH_OK;
    server->frame.x[REG_BADGE] = badge;
    server->frame.x[REG_EVENT] = event;
    server->frame.x[REG_SLOT] = 0;
}

/* The calls call and reply_wait, and what entry_event does when the ordinary hand-over does not
 * fit. */
struct resume message_call(struct thread *current, struct cpu *cpu);
struct resume message_reply_wait(struct thread *current, struct cpu *cpu);
struct resume message_fault(struct thread *current, struct cpu *cpu, enum bh_event event);
