/* SPDX-License-Identifier: Apache-2.0 */
/* What can be done to a thread or vCPU from outside. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/thread.h"

/* Stop it where it is (docs/design.md 3.6). Nothing happens if it is suspended. */
void thread_suspend(struct thread *thread);

/* The same for one that may be away. This core is where it is or is going to; MOVE: it has left. */
MUST_CHECK status thread_stop(struct thread *thread);

/* A thread that was away, or that moved here, goes on. */
void thread_arrive(struct thread *thread, struct cpu *cpu);

/* Live on another core from now on. BUSY while it is in a call, fault or exit, or owes a reply. */
MUST_CHECK status thread_move(struct thread *thread, struct cpu *to);

#define INSTRUCTION_BYTES 4

/* Let a suspended thread run. */
void thread_resume(struct thread *thread);

/* True while its registers may be read and written. */
bool thread_stopped(const struct thread *thread);

/* A fresh set of registers for a suspended thread. */
void thread_set(struct thread *thread, uint64_t pc, uint64_t sp, uint64_t arg);

/* One register by enum bh_register; reading past the last gives 0. */
uint64_t thread_read(struct thread *thread, uint64_t index);
status thread_write(struct thread *thread, uint64_t index, uint64_t value);

/* A thread; of a VM cell that has not VCPU_MAX of them: a vCPU. terms: b of pool_create. Its parts:
 * itself, the virtual interrupts. */
void thread_make(const struct parts *parts, struct cell *cell, struct cpu *cpu, uint64_t terms);

/* A dying thread that nobody names is not its cell's any more. Later: give its blocks back. */
void thread_leave_cell(struct thread *thread);
void thread_free(struct thread *thread);
