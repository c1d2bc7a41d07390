/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs: the ready queue of budgets and the chains of calls behind them. */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/obj/budget.h"
#include "kernel/sched/count.h"

/* Queue the budget of a thread that can run and has no caller; asks for sched_next if it now
 * comes first. */
void sched_wake(struct thread *thread);

/* Queue a budget that is not queued and not special; asks for sched_next if it now comes
 * first. */
void sched_start(struct budget *budget);

/* The same for a READY thread's on this core, at the end of an entry: who runs then. */
struct resume sched_started(struct cpu *cpu, struct thread *thread);

/* The same for any budget that is not queued: an exhausted one waits for its refill, one with a
 * group is queued there. */
COLD void sched_queue(struct budget *budget);

/* A thread stopped being able to run: take its budget out of the queue. */
void sched_block(struct thread *thread);

void sched_dequeue(struct budget *budget);

/* What a budget waited for may have come. */
COLD void sched_requeue(struct budget *budget);

/* A budget loses its thread or dies: it is nobody's current budget any more. */
COLD void sched_forget(struct budget *budget);

/* What the current budget used is charged; if it has time, it goes behind its equals and starts a
 * new slice. */
COLD void sched_rotate(struct cpu *cpu);

/* A thread came home: put some of the budgets back that were put aside. True: there are more. */
COLD bool sched_reconsider(struct cpu *cpu, unsigned most);
