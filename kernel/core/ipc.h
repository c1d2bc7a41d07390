/* SPDX-License-Identifier: Apache-2.0 */
/* Synchronous messages: call, reply_wait, and the calls that the kernel makes for faults and
 * exits. */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/lib/status.h"

/* The thread that a chain starting at thread ends in: follows CALLING to the callee, makes the
 * calls
 * of RETRY threads again where they can go on, and sets cpu->helping where they cannot. With start,
 * a
 * thread that wants to call the first: NULL if start would have more than BH_CHAIN_MAX links below
 * it
 * or is met. Without: NULL if there are more than twice as many; the last RETRY thread then got
 * DEADLOCK, and the caller may ask again. */
struct thread *ipc_chain_end(struct thread *thread, const struct thread *start);

/* End the call that thread is in, if it awaits a message reply, with status. */
void ipc_abort(struct thread *thread, status why);

/* The callee of a CALLING thread goes on without caller. */
void ipc_orphan_callee(struct thread *thread);

/* Who waits for thread's reply gets DOWN, or stays suspended if it waited for a fault or exit. */
void ipc_fail_caller(struct thread *thread);
