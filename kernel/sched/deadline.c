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
    deadline_remove(thread);
    if (when == 0) {
        return;
    }
    alarm_set(&cpu->deadlines, &thread->deadline, when);
    if (cpu->deadlines.first == &thread->deadline) {
        deadline_arm(cpu);
    }
}

void deadline_remove(struct thread *thread)
{
    alarm_cancel(&thread->cpu->deadlines, &thread->deadline);
}

/* The sooner of two moments, of which 0 is none. */
static uint64_t sooner(uint64_t moment, const struct alarm *alarm)
{
    return alarm && (moment == 0 || alarm->when < moment) ? alarm->when : moment;
}

void deadline_arm(struct cpu *cpu)
{
    if (cpu == cpu_this()) {
        uint64_t end = cpu->plan.boundary;
        uint64_t stop = end != 0 && (cpu->stop == 0 || end < cpu->stop) ? end : cpu->stop;
        arch_timer_set(sooner(sooner(stop, cpu->deadlines.first), cpu->refills.first));
    }
}

static void deadline_expire(struct thread *thread)
{
    deadline_remove(thread);
    if (thread->state == THREAD_WAITING) { /* else the wait that it was for is over */
        event_deliver(thread, BH_EVENT_DEADLINE, 0);
        sched_wake(thread);
    } else if (thread->is_vcpu) {
        struct vcpu *vcpu = vcpu_of(thread);
        vcpu->timer_due = thread->cpu->el1_owner != vcpu;
        vcpu_wake(vcpu);
    }
}

/* The first alarm of a queue, if its time has come. */
static struct alarm *alarm_due(const struct alarm_queue *queue, uint64_t now)
{
    return queue->first && queue->first->when <= now ? queue->first : NULL;
}

void time_tick(struct cpu *cpu)
{
    uint64_t now = arch_now();
    plan_turn(cpu, now);
    /* bound: 4 deadlines, then another interrupt */
    for (unsigned i = 0; i < DEADLINE_STEP; i++) {
        struct alarm *deadline = alarm_due(&cpu->deadlines, now);
        struct alarm *refill = alarm_due(&cpu->refills, now);
        if (deadline) {
            deadline_expire(container_of(deadline, struct thread, deadline));
        } else if (refill) {
            trace_event(budget_of_alarm(refill)->thread, BH_TRACE_REFILL, 0, 0);
            sched_dequeue(budget_of_alarm(refill));
            sched_wake(budget_of_alarm(refill)->thread);
        }
    }
    if (cpu->stop != 0 && cpu->stop <= now) {
        sched_rotate(cpu);
    }
    deadline_arm(cpu);
}
