/* SPDX-License-Identifier: Apache-2.0 */
/* Knows where each interrupt's fields are (GIC architecture IHI 0048B 4.3, IHI 0069 12.9, 12.11)
 * and what they do. */
#include "cells/vmm/gic_field.h"

#include <stddef.h>

#include "abi/types.h"
#include "cells/vmm/port.h"

#define PENDING 1U
#define ACTIVE  2U

/* Registers with one field per interrupt, interrupt 0 at offset. */
struct field {
    uint16_t offset;
    uint16_t interrupts; /* that have the field, counted from 0 */
    uint8_t bits;
    bool ones; /* zeros that are written do nothing */
    uint32_t (*read)(struct gic *gic, uint32_t irq);
    void (*write)(struct gic *gic, uint32_t irq, uint32_t value);
};

/* Bits 0 and 1 of GICD_CTLR enable groups 0 and 1. */
static bool is_delivered(const struct gic *gic, const struct gic_irq *irq)
{
    return (gic->control & (irq->group1 ? 2U : 1U)) != 0;
}

bool gic_is_fixed(const struct gic *gic, uint32_t irq)
{
    return irq >= gic->fixed && gic->irqs[irq].driven == 0;
}

static void tell(const struct gic *gic, struct gic_irq *i, uint32_t irq)
{
    uint32_t settings = i->priority | (i->level ? BH_VIRQ_LEVEL : 0U);

    if (i->enabled && !i->nowhere && is_delivered(gic, i)) {
        settings |= BH_VIRQ_ENABLE;
    }
    if (i->group1 != (gic->version == 3)) {
        settings |= BH_VIRQ_ALTERNATE;
    }
    /* Of an interrupt that stays disabled the kernel needs nothing but the trigger, and that only
     * if a line may be driven before the guest enables it. */
    if (((settings | i->told) & BH_VIRQ_ENABLE) == 0) {
        settings = i->driven != 0 ? settings & BH_VIRQ_LEVEL : i->told;
    }
    if (settings != i->told) {
        i->told = settings;
        port_irq_settings(i->cpu, irq, settings);
    }
}

void gic_tell(struct gic *gic, uint32_t irq)
{
    tell(gic, gic_irq(gic, irq), irq);
}

static uint32_t read_group(struct gic *gic, uint32_t irq)
{
    return gic_irq(gic, irq)->group1;
}

static void write_group(struct gic *gic, uint32_t irq, uint32_t value)
{
    gic_irq(gic, irq)->group1 = value != 0;
    gic_tell(gic, irq);
}

static uint32_t read_enable(struct gic *gic, uint32_t irq)
{
    return gic_irq(gic, irq)->enabled;
}

static void set_enable(struct gic *gic, uint32_t irq, uint32_t value)
{
    struct gic_irq *i = gic_irq(gic, irq);

    (void)value;
    i->enabled = true;
    tell(gic, i, irq);
}

static void clear_enable(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    if (gic->version == 2 && irq < GIC_SGIS) {
        return; /* always enabled */
    }
    gic_irq(gic, irq)->enabled = false;
    gic_tell(gic, irq);
}

static uint32_t read_pending(struct gic *gic, uint32_t irq)
{
    return (port_irq_state(gic_irq(gic, irq)->cpu, irq, 0, 0) & PENDING) != 0;
}

/* On GICv2, GICD_ISPENDR0 and GICD_ICPENDR0 are read-only for SGIs (IHI 0048B 4.3.7). */
static bool is_sgi_v2(const struct gic *gic, uint32_t irq)
{
    return gic->version == 2 && irq < GIC_SGIS;
}

static void set_pending(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    if (!is_sgi_v2(gic, irq)) {
        port_irq_state(gic_irq(gic, irq)->cpu, irq, PENDING, 0);
    }
}

static void clear_pending(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    if (!is_sgi_v2(gic, irq)) {
        port_irq_state(gic_irq(gic, irq)->cpu, irq, 0, PENDING);
    }
}

static uint32_t read_active(struct gic *gic, uint32_t irq)
{
    return (port_irq_state(gic_irq(gic, irq)->cpu, irq, 0, 0) & ACTIVE) != 0;
}

static void set_active(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    port_irq_state(gic_irq(gic, irq)->cpu, irq, ACTIVE, 0);
}

static void clear_active(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    port_irq_state(gic_irq(gic, irq)->cpu, irq, 0, ACTIVE);
}

static uint32_t read_priority(struct gic *gic, uint32_t irq)
{
    return gic_irq(gic, irq)->priority;
}

static void write_priority(struct gic *gic, uint32_t irq, uint32_t value)
{
    gic_irq(gic, irq)->priority = value & 0xf8; /* five bits, as the list registers have at least */
    gic_tell(gic, irq);
}

static uint32_t read_trigger(struct gic *gic, uint32_t irq)
{
    return gic_irq(gic, irq)->level ? 0 : 2;
}

static void write_trigger(struct gic *gic, uint32_t irq, uint32_t value)
{
    if (irq >= GIC_SGIS) { /* SGIs are edge-triggered for good */
        gic_irq(gic, irq)->level = (value & 2) == 0;
        gic_tell(gic, irq);
    }
}

/* GICv2: one byte per SGI, one bit per sender. */
static uint32_t senders(const struct gic *gic, uint32_t value)
{
    return gic->version == 2 ? (value & ((1U << gic->cpus) - 1)) << GIC_SENDERS : 0;
}

static void set_sgi(struct gic *gic, uint32_t irq, uint32_t value)
{
    if (senders(gic, value) != 0) {
        port_irq_state(gic->bank, irq, senders(gic, value) | PENDING, 0);
    }
}

static void clear_sgi(struct gic *gic, uint32_t irq, uint32_t value)
{
    if (senders(gic, value) != 0) {
        port_irq_state(gic->bank, irq, 0, senders(gic, value));
    }
}

static uint32_t read_sgi(struct gic *gic, uint32_t irq)
{
    return gic->version == 2 ? port_irq_state(gic->bank, irq, 0, 0) >> GIC_SENDERS : 0;
}

/* GICD_ITARGETSR (IHI 0048B 4.3.12): of private interrupts the reader; all zero if there is one
 * processor only. The first of the targets gets the interrupt. */
static uint32_t read_target(struct gic *gic, uint32_t irq)
{
    if (gic->version == 3 || gic->cpus == 1) {
        return 0;
    }
    return irq < GIC_PRIVATE ? 1U << gic->bank : (uint32_t)gic->routes[irq];
}

static void write_target(struct gic *gic, uint32_t irq, uint32_t value)
{
    uint32_t targets = value & ((1U << gic->cpus) - 1);

    if (gic->version == 2 && gic->cpus > 1 && irq >= GIC_PRIVATE && !gic_is_fixed(gic, irq)) {
        gic->routes[irq] = targets;
        gic_route(gic, irq, targets == 0 ? GIC_CPUS_MAX : (uint32_t)__builtin_ctz(targets));
    }
}

enum field_name {
    FIELD_NONE,
    FIELD_GROUP,
    FIELD_SET_ENABLE,
    FIELD_CLEAR_ENABLE,
    FIELD_SET_PENDING,
    FIELD_CLEAR_PENDING,
    FIELD_SET_ACTIVE,
    FIELD_CLEAR_ACTIVE,
    FIELD_PRIORITY,
    FIELD_TARGET,
    FIELD_TRIGGER,
    FIELD_CLEAR_SGI,
    FIELD_SET_SGI
};

static const struct field fields[] = {
    [FIELD_GROUP] = {0x080, GIC_IRQS_MAX, 1, false, read_group, write_group},
    [FIELD_SET_ENABLE] = {0x100, GIC_IRQS_MAX, 1, true, read_enable, set_enable},
    [FIELD_CLEAR_ENABLE] = {0x180, GIC_IRQS_MAX, 1, true, read_enable, clear_enable},
    [FIELD_SET_PENDING] = {0x200, GIC_IRQS_MAX, 1, true, read_pending, set_pending},
    [FIELD_CLEAR_PENDING] = {0x280, GIC_IRQS_MAX, 1, true, read_pending, clear_pending},
    [FIELD_SET_ACTIVE] = {0x300, GIC_IRQS_MAX, 1, true, read_active, set_active},
    [FIELD_CLEAR_ACTIVE] = {0x380, GIC_IRQS_MAX, 1, true, read_active, clear_active},
    [FIELD_PRIORITY] = {0x400, GIC_IRQS_MAX, 8, false, read_priority, write_priority},
    [FIELD_TARGET] = {0x800, GIC_IRQS_MAX, 8, false, read_target, write_target},
    [FIELD_TRIGGER] = {0xc00, GIC_IRQS_MAX, 2, false, read_trigger, write_trigger},
    [FIELD_CLEAR_SGI] = {0xf10, GIC_SGIS, 8, true, read_sgi, clear_sgi},
    [FIELD_SET_SGI] = {0xf20, GIC_SGIS, 8, true, read_sgi, set_sgi},
};

/* Which field is in each 128 bytes; at 0xf00 there are GICD_SGIR and two fields of 16 bytes. */
static const uint8_t field_of[32] = {
    [1] = FIELD_GROUP,        [2] = FIELD_SET_ENABLE,    [3] = FIELD_CLEAR_ENABLE,
    [4] = FIELD_SET_PENDING,  [5] = FIELD_CLEAR_PENDING, [6] = FIELD_SET_ACTIVE,
    [7] = FIELD_CLEAR_ACTIVE, [8] = FIELD_PRIORITY,      [9] = FIELD_PRIORITY,
    [10] = FIELD_PRIORITY,    [11] = FIELD_PRIORITY,     [12] = FIELD_PRIORITY,
    [13] = FIELD_PRIORITY,    [14] = FIELD_PRIORITY,     [15] = FIELD_PRIORITY,
    [16] = FIELD_TARGET,      [17] = FIELD_TARGET,       [18] = FIELD_TARGET,
    [19] = FIELD_TARGET,      [20] = FIELD_TARGET,       [21] = FIELD_TARGET,
    [22] = FIELD_TARGET,      [23] = FIELD_TARGET,       [24] = FIELD_TRIGGER,
    [25] = FIELD_TRIGGER,
};
static const uint8_t sgi_field_of[8] = {[1] = FIELD_CLEAR_SGI, [2] = FIELD_SET_SGI};

static const struct field *find_field(uint64_t offset)
{
    unsigned name;

    if (offset >= 0x1000) {
        return NULL;
    }
    name = offset - 0xf00 < 0x80 ? sgi_field_of[(offset - 0xf00) / 16] : field_of[offset / 128];
    return name == FIELD_NONE ? NULL : &fields[name];
}

static bool in_span(const struct gic *gic, struct gic_span span, const struct field *f,
                    uint32_t irq)
{
    return irq >= span.first && irq < span.end && irq < gic->count && irq < f->interrupts;
}

bool gic_field_read(struct gic *gic, struct gic_span span, uint64_t offset, unsigned size,
                    uint64_t *value)
{
    const struct field *f = find_field(offset);
    uint32_t irq;

    if (f == NULL) {
        return false;
    }
    irq = (uint32_t)((offset - f->offset) * 8 / f->bits);
    *value = 0;
    for (unsigned shift = 0; shift < size * 8; shift += f->bits, irq++) {
        if (in_span(gic, span, f, irq)) {
            *value |= (uint64_t)f->read(gic, irq) << shift;
        }
    }
    return true;
}

/* Of a register of single bits in which only ones act: visit just these. */
NOINLINE static void write_ones(struct gic *gic, struct gic_span span, const struct field *f,
                                uint32_t irq, uint64_t value)
{
    for (; value != 0; value &= value - 1) {
        uint32_t i = irq + (uint32_t)__builtin_ctzll(value);
        if (in_span(gic, span, f, i)) {
            f->write(gic, i, 1);
        }
    }
}

NOINLINE static void write_each(struct gic *gic, struct gic_span span, const struct field *f,
                                uint32_t irq, uint64_t value, unsigned count)
{
    uint64_t mask = (UINT64_C(1) << f->bits) - 1;

    for (; count > 0; count--, irq++, value >>= f->bits) {
        if (in_span(gic, span, f, irq) && ((value & mask) != 0 || !f->ones)) {
            f->write(gic, irq, (uint32_t)(value & mask));
        }
    }
}

void gic_field_write(struct gic *gic, struct gic_span span, uint64_t offset, unsigned size,
                     uint64_t value)
{
    const struct field *f = find_field(offset);

    if (f == NULL) {
        return;
    }
    if (f->bits == 1 && f->ones) {
        write_ones(gic, span, f, (uint32_t)(offset - f->offset) * 8,
                   value & ~UINT64_C(0) >> (64 - size * 8));
    } else {
        write_each(gic, span, f, (uint32_t)((offset - f->offset) * 8 / f->bits), value,
                   size * 8 / f->bits);
    }
}
