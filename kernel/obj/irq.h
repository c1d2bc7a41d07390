/* SPDX-License-Identifier: Apache-2.0 */
/* irq: one hardware interrupt line, delivered as a signal. */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/lib/status.h"

struct irq {
    struct object object;
    struct slot signal; /* SIGNAL, with the badge to send */
    struct cpu *cpu;    /* that it is delivered to; its own if it is a private one */
    uint32_t intid;
    uint8_t edge;
    uint8_t active; /* fired and not acknowledged */
};
SLOT_LINKABLE(irq, signal);

static inline struct irq *irq_of(struct object *object)
{
    return container_of(object, struct irq, object);
}

static inline struct irq *irq_of_binding(struct slot *signal)
{
    return container_of(signal, struct irq, signal);
}

#define IRQ_SHARED 32u /* below: banked per core (GIC SGIs and PPIs) */

/* Objects of shared interrupts, by INTID - IRQ_SHARED. */
extern struct irq **irq_shared;
extern uint32_t irq_shared_count;

/* Where the object of an interrupt of this core is, if it has one; NULL: there is no such. */
static inline struct irq **irq_entry(struct cpu *cpu, uint32_t intid)
{
    if (intid < IRQ_SHARED) {
        return &cpu->ppi[intid];
    }
    return intid - IRQ_SHARED < irq_shared_count ? &irq_shared[intid - IRQ_SHARED] : NULL;
}

/* At boot: room for the shared interrupts that there are, then one object for each that the
 * board names. */
void irq_boot(struct pool *pool, uint32_t count);
struct irq *irq_make(struct pool *pool, uint32_t intid, bool edge);

/* irq_bind with a capability, or NULL: disabled. */
status irq_bind(struct irq *irq, struct slot *signal);
void irq_unbound(struct irq *irq);
void irq_ack(struct irq *irq);

/* The core goes off: what is delivered to it is delivered to core 0. False at a preemption point;
 * interrupts that are routed to it meanwhile are not forgotten. */
MUST_CHECK bool irq_leave(struct cpu *cpu);
