/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which object belongs to an interrupt number, and what it signals. */
#include "kernel/obj/irq.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/lock.h"
#include "kernel/lib/log.h"
#include "kernel/obj/core.h"
#include "kernel/obj/line.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/trace.h"

#define SWEEP_STEP 8u

struct irq **irq_shared;
uint32_t irq_shared_count;

BOOT_ONLY void irq_boot(struct pool *pool, uint32_t count)
{
    irq_shared_count = count;
    irq_shared = count ? pool_alloc(pool, pool_order(count * sizeof(struct irq *))) : NULL;
    ASSERT(irq_shared || count == 0);
}

BOOT_ONLY struct irq *irq_make(struct pool *pool, uint32_t intid, bool edge)
{
    struct irq **entry = arch_irq_own(intid) ? NULL : irq_entry(cpu_this(), intid);
    struct irq *irq = entry && !*entry ? pool_object(pool, BH_IRQ, sizeof(struct irq)) : NULL;
    if (irq) {
        irq->cpu = cpu_this();
        irq->intid = intid;
        irq->edge = edge;
        *entry = irq;
    }
    return irq;
}

/* The thread or vCPU that an interrupt is for; NULL: nobody. */
static COLD struct thread *irq_target(const struct irq *irq)
{
    struct object *target = slot_object(&signal_of(slot_object(&irq->signal))->target);
    if (target && target->type == BH_LINE) {
        target = slot_object(&line_of(target)->vcpu);
    }
    return target ? thread_of(target) : NULL;
}

/* It has no signal: silent. Or the one it is for is a line, or may be traced; or there is nobody: a
 * signal that leads nowhere leaves the interrupt active, silent until somebody acknowledges it. */
static COLD struct resume irq_rare(struct cpu *cpu, struct irq *irq, uint32_t intid)
{
    if (!irq || irq->signal.word == 0) {
        arch_irq_disable(intid);
        return sched_resume(cpu);
    }
    const struct thread *thread = cpu->tracing ? irq_target(irq) : NULL;
    if (thread) {
        trace_event(thread, BH_TRACE_IRQ, intid, 0);
    }
    (void)signal_send(signal_of(slot_object(&irq->signal)), irq->signal.badge);
    return sched_resume(cpu);
}

struct resume irq_fire(struct cpu *cpu, struct irq *irq, uint32_t intid)
{
    if (unlikely(!irq || irq->signal.word == 0)) {
        return irq_rare(cpu, irq, intid);
    }
    irq->active = 1;
    uint64_t target = atomic_read(&signal_of(slot_object(&irq->signal))->target.word);
    if (unlikely(cpu->tracing || !(target >> 56 & BH_THREAD))) {
        return irq_rare(cpu, irq, intid);
    }
    uint64_t badge = irq->signal.badge;
    return signal_arrive(cpu, thread_of(word_object(target)), badge + (badge == 0));
}

static void irq_route(struct irq *irq, struct cpu *cpu)
{
    irq->cpu = cpu;
    cpu->swept = 0;
    arch_irq_route(irq->intid, cpu);
}

status irq_bind(struct irq *irq, struct slot *signal)
{
    status result = cap_bind(&irq->signal, signal);
    if (result == BH_OK && signal) {
        if (irq->intid >= IRQ_SHARED) {
            const struct thread *thread = irq_target(irq);
            irq_route(irq, thread ? thread->cpu : core_list[0]);
        }
        arch_irq_enable(irq->intid, irq->edge);
    }
    return result;
}

void irq_unbound(struct irq *irq)
{
    irq->active = 0;
    arch_irq_disable(irq->intid);
}

void irq_ack(struct irq *irq)
{
    if (irq->active) {
        irq->active = 0;
        arch_irq_deactivate(irq->intid);
    }
}

COLD bool irq_leave(struct cpu *cpu)
{
    /* bound: preemption point */
    while (cpu->swept < irq_shared_count) {
        struct irq *irq = irq_shared[cpu->swept++];
        if (irq && irq->cpu == cpu) {
            irq_route(irq, core_list[0]);
        }
        if (cpu->swept % SWEEP_STEP == 0 && lock_pause(SWEEP_STEP * 45)) {
            return false;
        }
    }
    return true;
}
