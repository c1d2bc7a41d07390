/* SPDX-License-Identifier: Apache-2.0 */
/* Knows where a signal's bits go. */
#include "kernel/obj/signal.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/event.h"
#include "kernel/obj/line.h"
#include "kernel/sched/sched.h"

static void signal_thread(struct thread *thread, uint64_t bits)
{
    if (unlikely(thread->cpu != cpu_this())) {
        mail_note(thread, bits);
    } else {
        event_signal(thread, bits);
    }
}

status signal_send(struct signal *signal, uint64_t badge)
{
    struct object *target = slot_object(&signal->target);
    if (unlikely(!target)) {
        return BH_DOWN;
    }
    if (unlikely(target->type == BH_LINE)) {
        return line_do(line_of(target), LINE_PULSE);
    }
    signal_thread(thread_of(target), badge + (badge == 0));
    return BH_OK;
}

static COLD struct resume arrive_rare(struct cpu *cpu, struct thread *thread, uint64_t bits)
{
    signal_thread(thread, bits);
    return sched_resume(cpu);
}

NOINLINE struct resume signal_arrive(struct cpu *cpu, struct thread *thread, uint64_t bits)
{
    struct budget *budget = thread->budget;
    if (unlikely(thread->receptive != cpu || !budget || budget->special)) {
        return arrive_rare(cpu, thread, bits);
    }
    /* It names no slot, and its budget is not queued but has time. */
    event_fill(thread, BH_EVENT_SIGNAL, bits);
    return sched_started(cpu, thread);
}
