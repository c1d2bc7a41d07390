/* SPDX-License-Identifier: Apache-2.0 */
/* Knows when the kernel timer must fire next, and whom it wakes. */
#include "kernel/sched/deadline.h"

#include "kernel/arch/arch.h"
#include "kernel/core/event.h"
#include "kernel/sched/sched.h"

void deadline_insert(struct thread *thread)
{
    struct cpu *cpu = thread->cpu;
    struct thread *before = NULL, *after = cpu->deadlines;
    while (after && after->deadline <= thread->deadline) {
        before = after;
        after = after->deadline_next;
    }
    thread->deadline_prev = before;
    thread->deadline_next = after;
    if (after) {
        after->deadline_prev = thread;
    }
    if (before) {
        before->deadline_next = thread;
    } else {
        cpu->deadlines = thread;
        deadline_arm(cpu);
    }
}

void deadline_remove(struct thread *thread)
{
    if (thread->deadline == 0) {
        return;
    }
    if (thread->deadline_prev) {
        thread->deadline_prev->deadline_next = thread->deadline_next;
    } else {
        thread->cpu->deadlines = thread->deadline_next;
    }
    if (thread->deadline_next) {
        thread->deadline_next->deadline_prev = thread->deadline_prev;
    }
    thread->deadline = 0;
}

void deadline_arm(struct cpu *cpu)
{
    uint64_t next = cpu->slice_end;
    if (cpu->deadlines && (next == 0 || cpu->deadlines->deadline < next)) {
        next = cpu->deadlines->deadline;
    }
    arch_timer_set(next);
}

static void deadline_expire(struct thread *thread)
{
    deadline_remove(thread);
    if (thread->state == THREAD_IDLE) {
        thread->state = THREAD_READY;
    } else if (thread->state == THREAD_WAITING) {
        event_deliver(thread, BH_EVENT_DEADLINE, 0);
    } else {
        return; /* the wait that it was for is over */
    }
    sched_wake(thread);
}

void time_tick(struct cpu *cpu)
{
    uint64_t now = arch_now();
    for (unsigned i = 0; i < DEADLINE_STEP && cpu->deadlines && cpu->deadlines->deadline <= now;
         i++) {
        deadline_expire(cpu->deadlines);
    }
    if (cpu->slice_end != 0 && cpu->slice_end <= now) {
        sched_rotate(cpu);
    }
    deadline_arm(cpu);
}
