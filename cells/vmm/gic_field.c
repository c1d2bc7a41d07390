/* SPDX-License-Identifier: Apache-2.0 */
/* Knows where each interrupt's fields are (GIC architecture IHI 0048B 4.3, IHI 0069 12.9, 12.11) and what
 * they do. */
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
    uint32_t (*read)(const struct gic *gic, uint32_t irq);
    void (*write)(struct gic *gic, uint32_t irq, uint32_t value);
};

static bool is_delivered(const struct gic *gic, const struct gic_irq *irq)
{
    /* A GICv2 without groups has one enable bit; of a GICv3's two groups the kernel delivers group 1. */
    return gic->version == 2 ? (gic->control & 1) != 0 : irq->group1 && (gic->control & 2) != 0;
}

static void warn_group0(struct gic *gic, uint32_t irq)
{
    if (gic->version == 3 && (gic->control & 1) != 0 && !gic->said_group0) {
        gic->said_group0 = true;
        port_say("the guest enables interrupt %u in group 0; only group 1 is delivered", irq);
    }
}

void gic_tell(struct gic *gic, uint32_t irq)
{
    struct gic_irq *i = &gic->irqs[irq];
    uint32_t settings = i->priority | (i->level ? BH_VIRQ_LEVEL : 0U);

    if (i->enabled && is_delivered(gic, i)) {
        settings |= BH_VIRQ_ENABLE;
    } else if (i->enabled && !i->group1) {
        warn_group0(gic, irq);
    }
    /* Of an interrupt that stays disabled the kernel needs nothing but the trigger, and that only if
     * a line may be driven before the guest enables it. */
    if (((settings | i->told) & BH_VIRQ_ENABLE) == 0) {
        settings = i->driven ? settings & BH_VIRQ_LEVEL : i->told;
    }
    if (settings != i->told) {
        i->told = settings;
        port_irq_settings(irq, settings);
    }
}

static uint32_t read_group(const struct gic *gic, uint32_t irq)
{
    return gic->version == 3 && gic->irqs[irq].group1;
}

static void write_group(struct gic *gic, uint32_t irq, uint32_t value)
{
    if (gic->version == 3) {
        gic->irqs[irq].group1 = value != 0;
        gic_tell(gic, irq);
    }
}

static uint32_t read_enable(const struct gic *gic, uint32_t irq)
{
    return gic->irqs[irq].enabled;
}

static void set_enable(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    gic->irqs[irq].enabled = true;
    gic_tell(gic, irq);
}

static void clear_enable(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    if (gic->version == 2 && irq < GIC_SGIS) {
        return; /* always enabled */
    }
    gic->irqs[irq].enabled = false;
    gic_tell(gic, irq);
}

static uint32_t read_pending(const struct gic *gic, uint32_t irq)
{
    (void)gic;
    return (port_irq_state(irq, 0, 0) & PENDING) != 0;
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
        port_irq_state(irq, PENDING, 0);
    }
}

static void clear_pending(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)value;
    if (!is_sgi_v2(gic, irq)) {
        port_irq_state(irq, 0, PENDING);
    }
}

static uint32_t read_active(const struct gic *gic, uint32_t irq)
{
    (void)gic;
    return (port_irq_state(irq, 0, 0) & ACTIVE) != 0;
}

static void set_active(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)gic, (void)value;
    port_irq_state(irq, ACTIVE, 0);
}

static void clear_active(struct gic *gic, uint32_t irq, uint32_t value)
{
    (void)gic, (void)value;
    port_irq_state(irq, 0, ACTIVE);
}

static uint32_t read_priority(const struct gic *gic, uint32_t irq)
{
    return gic->irqs[irq].priority;
}

static void write_priority(struct gic *gic, uint32_t irq, uint32_t value)
{
    gic->irqs[irq].priority = value & 0xf8; /* five bits, as the list registers have at least */
    gic_tell(gic, irq);
}

static uint32_t read_trigger(const struct gic *gic, uint32_t irq)
{
    return gic->irqs[irq].level ? 0 : 2;
}

static void write_trigger(struct gic *gic, uint32_t irq, uint32_t value)
{
    if (irq >= GIC_SGIS) { /* SGIs are edge-triggered for good */
        gic->irqs[irq].level = (value & 2) == 0;
        gic_tell(gic, irq);
    }
}

/* GICv2: one byte per SGI, one bit per sender; the one sender is processor 0. */
static void set_sgi(struct gic *gic, uint32_t irq, uint32_t value)
{
    if (gic->version == 2 && (value & 1) != 0) {
        port_irq_state(irq, PENDING, 0);
    }
}

static void clear_sgi(struct gic *gic, uint32_t irq, uint32_t value)
{
    if (gic->version == 2 && (value & 1) != 0) {
        port_irq_state(irq, 0, PENDING);
    }
}

static uint32_t read_sgi(const struct gic *gic, uint32_t irq)
{
    return gic->version == 2 ? read_pending(gic, irq) : 0;
}

static const struct field fields[] = {
    {0x080, GIC_IRQS_MAX, 1, false, read_group, write_group},
    {0x100, GIC_IRQS_MAX, 1, true, read_enable, set_enable},
    {0x180, GIC_IRQS_MAX, 1, true, read_enable, clear_enable},
    {0x200, GIC_IRQS_MAX, 1, true, read_pending, set_pending},
    {0x280, GIC_IRQS_MAX, 1, true, read_pending, clear_pending},
    {0x300, GIC_IRQS_MAX, 1, true, read_active, set_active},
    {0x380, GIC_IRQS_MAX, 1, true, read_active, clear_active},
    {0x400, GIC_IRQS_MAX, 8, false, read_priority, write_priority},
    {0xc00, GIC_IRQS_MAX, 2, false, read_trigger, write_trigger},
    {0xf10, GIC_SGIS, 8, true, read_sgi, clear_sgi},
    {0xf20, GIC_SGIS, 8, true, read_sgi, set_sgi},
};

static const struct field *find_field(uint64_t offset)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        /* A register is 32 bits also where the last interrupts do not fill it. */
        uint64_t bytes = (fields[i].interrupts * (uint64_t)fields[i].bits + 31) / 32 * 4;
        if (offset - fields[i].offset < bytes) {
            return &fields[i];
        }
    }
    return NULL;
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

bool gic_field_write(struct gic *gic, struct gic_span span, uint64_t offset, unsigned size,
                     uint64_t value)
{
    const struct field *f = find_field(offset);
    uint64_t mask;
    uint32_t irq;

    if (f == NULL) {
        return false;
    }
    mask = (UINT64_C(1) << f->bits) - 1;
    irq = (uint32_t)((offset - f->offset) * 8 / f->bits);
    for (unsigned left = size * 8 / f->bits; left > 0; left--, irq++, value >>= f->bits) {
        if (in_span(gic, span, f, irq) && ((value & mask) != 0 || !f->ones)) {
            f->write(gic, irq, (uint32_t)(value & mask));
        }
    }
    return true;
}
