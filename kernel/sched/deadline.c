/* SPDX-License-Identifier: Apache-2.0 */
/* Knows when the kernel timer must fire next, and whom it wakes. */
#include "kernel/sched/deadline.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/event.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"
#include "kernel/sched/plan.h"
#include "kernel/sched/sched.h"

void deadline_set(struct thread *thread, uint64_t when)
{
    struct cpu *cpu = thread->cpu;
    if (thread->deadline.when == when) {
        return;
    }
    alarm_cancel(&cpu->deadlines, &thread->deadline);
    if (when == 0) {
        return;
    }
    alarm_set(&cpu->deadlines, &thread->deadline, when);
    if (cpu->deadlines.first == &thread->deadline) {
        deadline_arm(cpu);
    }
}

/* The sooner of two moments, of which 0 is none. */
static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a - 1 < b - 1 ? a : b;
}

static uint64_t first_moment(const struct alarm_queue *queue)
{
    return queue->first ? queue->first->when : 0;
}

void deadline_arm(struct cpu *cpu)
{
    if (cpu == cpu_this()) {
        uint64_t alarm = sooner(first_moment(&cpu->deadlines), first_moment(&cpu->refills));
        arch_timer_set(sooner(sooner(cpu->plan.boundary, cpu->stop), alarm));
    }
}

static void deadline_expire(struct thread *thread)
{
    deadline_set(thread, 0);
    if (thread->state == THREAD_WAITING) { /* else the wait that it was for is over */
        event_deliver(thread, BH_EVENT_DEADLINE, 0);
        sched_wake(thread);
    } else if (thread->is_vcpu) {
        struct vcpu *vcpu = vcpu_of(thread);
        vcpu->timer_due = thread->cpu->el1_owner != vcpu;
        vcpu_wake(vcpu);
    }
}

NOINLINE bool time_tick(struct cpu *cpu)
{
    uint64_t now = arch_now();
    bool full = plan_turn(cpu, now);
    /* bound: 2 deadlines and refills */
    for (unsigned served = 0; !full; full = ++served == 2) {
        if (first_moment(&cpu->deadlines) - 1 < now) {
            deadline_expire(container_of(cpu->deadlines.first, struct thread, deadline));
        } else if (first_moment(&cpu->refills) - 1 < now) {
            struct budget *budget = budget_of_alarm(cpu->refills.first);
            trace_event(budget->thread, BH_TRACE_REFILL, 0, 0);
            sched_requeue(budget);
        } else {
            break;
        }
    }
    if (!full && cpu->stop - 1 < now) {
        sched_rotate(cpu);
    }
    deadline_arm(cpu);
    if (full) {
        arch_timer_set(now);
    }
    return full;
}
