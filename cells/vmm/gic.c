/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the registers of the distributor and redistributor that are not one field per interrupt. */
#include "cells/vmm/gic.h"

#include "abi/types.h"
#include "cells/vmm/gic_field.h"
#include "cells/vmm/port.h"

#define GICD_CTLR    0x0000
#define GICD_TYPER   0x0004
#define GICD_IIDR    0x0008
#define FIELDS       0x0080 /* from here on, registers with one field per interrupt */
#define FIELDS_END   0x1000
#define GICD_SGIR    0x0f00 /* GICv2 */
#define GICD_ID_V2   0x0fd0
#define GICD_IROUTER 0x6000 /* GICv3, interrupt 0's place */

#define GICR_CTLR      0x0000
#define GICR_IIDR      0x0004
#define GICR_TYPER     0x0008
#define GICR_WAKER     0x0014
#define ID_V3          0xffd0 /* of distributor and redistributor */
#define GICR_SGI_FRAME 0x10000

#define CTLR_ARE_DS  0x50U                   /* affinity routing, one security state: read as one */
#define TYPER_V3     (0xfU << 19 | 3U << 24) /* 16 bits of INTID, no 1-of-N, affinity 3 */
#define TYPER_LAST   (UINT64_C(1) << 4)
#define WAKER_ASLEEP 0x6U   /* ProcessorSleep, ChildrenAsleep */
#define IIDR         0x43bU /* Arm's own implementation, as on virt */
#define ROUTE_BITS   UINT64_C(0xff80ffffff)
#define ROUTE_CPU    UINT64_C(0xff00ffffff)
#define TYPER_CPUS   5 /* GICv2: processors - 1, from this bit on */

_Static_assert(GIC_CPUS_MAX == PORT_CPUS_MAX, "a redistributor for each");

static const struct gic_span span_private = {0, GIC_PRIVATE};

/* PIDR4 to 7, PIDR0 to 3, CIDR0 to 3, as on virt. */
#define ID_COUNT 12
static const uint8_t ids_v2[ID_COUNT] = {0x04, 0,    0,    0,    0x90, 0xb4,
                                         0x2b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
static const uint8_t ids_gicd[ID_COUNT] = {0x44, 0,    0,    0,    0x92, 0xb4,
                                           0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
static const uint8_t ids_gicr[ID_COUNT] = {0x44, 0,    0,    0,    0x93, 0xb4,
                                           0x3b, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

/* An identification register: each a byte in a word. 0 outside them. */
static uint64_t id_at(const uint8_t ids[ID_COUNT], uint64_t offset)
{
    return offset / 4 < ID_COUNT ? ids[offset / 4] : 0;
}

/* A part of a 32 or 64-bit register that starts at base, with what is above it. */
static uint64_t part(uint64_t value, uint64_t base, uint64_t offset)
{
    return value >> (offset - base) * 8;
}

static void irq_reset(struct gic *gic, uint32_t irq)
{
    struct gic_irq *i = gic_irq(gic, irq);

    *i = (struct gic_irq){.enabled = gic->version == 2 && irq < GIC_SGIS,
                          .level = irq >= GIC_SGIS,
                          .driven = i->driven,
                          .cpu = irq < GIC_PRIVATE ? (uint8_t)gic->bank : 0};
    if (i->driven != 0) {
        port_line_to((enum port_line)(i->driven - 1), 0);
    }
}

void gic_reset(struct gic *gic)
{
    gic->count = gic->count < GIC_IRQS_MAX ? gic->count : GIC_IRQS_MAX;
    gic->control = 0;
    for (gic->bank = 0; gic->bank < gic->cpus; gic->bank++) {
        gic->banks[gic->bank].waker = WAKER_ASLEEP;
        for (uint32_t i = 0; i < GIC_PRIVATE; i++) {
            irq_reset(gic, i);
        }
    }
    gic->bank = port_cpu;
    for (uint32_t i = GIC_PRIVATE; i < gic->count; i++) {
        irq_reset(gic, i);
        gic->routes[i] = gic->version == 2 && gic->cpus > 1;
    }
}

void gic_start(struct gic *gic)
{
    for (uint32_t i = GIC_PRIVATE; i < gic->count; i++) {
        if (gic->irqs[i].driven != 0) {
            gic_tell(gic, i);
        }
    }
}

/* Private interrupts first, then the shared ones whose route leads there. */
static void for_interrupts_of(struct gic *gic, uint32_t cpu,
                              void (*what)(struct gic *gic, uint32_t irq))
{
    gic->bank = cpu;
    for (uint32_t i = 0; i < gic->count; i++) {
        if (gic_irq(gic, i)->cpu == cpu) {
            what(gic, i);
        }
    }
    gic->bank = port_cpu;
}

/* A line that is high is not a state. */
static void keep(struct gic *gic, uint32_t irq)
{
    struct gic_irq *i = gic_irq(gic, irq);

    if (i->driven != 0) {
        port_line_to((enum port_line)(i->driven - 1), PORT_CPUS_MAX);
    }
    i->kept = (uint16_t)port_irq_state(i->cpu, irq, 0, 0);
}

static void restore(struct gic *gic, uint32_t irq)
{
    struct gic_irq *i = gic_irq(gic, irq);

    i->told = 0;
    gic_tell(gic, irq);
    if (i->kept != 0) {
        port_irq_state(i->cpu, irq, i->kept, 0);
    }
    if (i->driven != 0) {
        port_line_to((enum port_line)(i->driven - 1), i->cpu);
    }
}

void gic_keep(struct gic *gic, uint32_t cpu)
{
    for_interrupts_of(gic, cpu, keep);
}

void gic_restore(struct gic *gic, uint32_t cpu)
{
    for_interrupts_of(gic, cpu, restore);
}

/* What is pending goes along. What is active stays where its handler runs. The processor that had
 * it may run on another core: it is disabled there first, so that what is then found pending was
 * not taken and will not be. The trigger stays until its line is low: an edge lowers none. */
static void move(struct gic *gic, uint32_t irq, uint32_t cpu)
{
    struct gic_irq *i = gic_irq(gic, irq);
    uint32_t trigger = i->told & BH_VIRQ_LEVEL;

    if ((i->told & BH_VIRQ_ENABLE) != 0) {
        port_irq_settings(i->cpu, irq, trigger);
    }
    keep(gic, irq);
    port_irq_state(i->cpu, irq, 0, 1);
    if (trigger != 0) {
        port_irq_settings(i->cpu, irq, 0);
    }
    i->cpu = (uint8_t)cpu;
    i->kept &= 1;
    restore(gic, irq);
}

/* Interrupts that others than the vmm may raise are bound to processor 0. */
void gic_route(struct gic *gic, uint32_t irq, uint32_t cpu)
{
    struct gic_irq *i = gic_irq(gic, irq);

    i->nowhere = cpu >= gic->cpus;
    if (!i->nowhere && cpu != i->cpu) {
        move(gic, irq, cpu);
    } else {
        gic_tell(gic, irq);
    }
}

static uint64_t typer(const struct gic *gic)
{
    uint32_t lines = (gic->count + 31) / 32 - 1;
    return gic->version == 3 ? TYPER_V3 | lines : (gic->cpus - 1) << TYPER_CPUS | lines;
}

static uint64_t common_read(const struct gic *gic, uint64_t offset)
{
    switch (offset) {
    case GICD_CTLR:
        return gic->control | (gic->version == 3 ? CTLR_ARE_DS : 0);
    case GICD_TYPER:
        return typer(gic);
    case GICD_IIDR:
        return IIDR;
    default:
        return gic->version == 2 ? id_at(ids_v2, offset - GICD_ID_V2)
                                 : id_at(ids_gicd, offset - ID_V3);
    }
}

static bool is_route(const struct gic *gic, uint64_t offset)
{
    uint64_t irq = (offset - GICD_IROUTER) / 8;
    return gic->version == 3 && offset >= GICD_IROUTER && irq >= GIC_PRIVATE && irq < gic->count;
}

/* Private interrupts of a GICv3 are in its redistributors. */
static struct gic_span fields_of(const struct gic *gic)
{
    return (struct gic_span){gic->version == 3 ? GIC_PRIVATE : 0, GIC_IRQS_MAX};
}

NOINLINE static uint64_t fields_read(struct gic *gic, uint64_t offset, unsigned size)
{
    uint64_t value, start = offset & ~UINT64_C(3);

    if (gic_field_read(gic, fields_of(gic), offset, size, &value)) {
        return value;
    }
    if (is_route(gic, offset)) {
        start = offset & ~UINT64_C(7);
        return part(gic->routes[(start - GICD_IROUTER) / 8], start, offset);
    }
    return part(common_read(gic, start), start, offset);
}

uint64_t gicd_read(struct gic *gic, uint64_t offset, unsigned size)
{
    uint64_t start = offset & ~UINT64_C(3);

    return offset >= FIELDS ? fields_read(gic, offset, size)
                            : part(common_read(gic, start), start, offset);
}

static void write_control(struct gic *gic, uint32_t value)
{
    uint32_t control = value & 3;

    if (control == gic->control) {
        return;
    }
    gic->control = control;
    for (uint32_t i = GIC_PRIVATE; i < gic->count; i++) {
        gic_tell(gic, i);
    }
    for (gic->bank = 0; gic->bank < gic->cpus; gic->bank++) {
        for (uint32_t i = 0; i < GIC_PRIVATE; i++) {
            gic_tell(gic, i);
        }
    }
    gic->bank = port_cpu;
}

/* GICD_SGIR (IHI 0048B 4.3.15): to a list, to all others, or to oneself. */
static void send_sgi(const struct gic *gic, uint32_t value)
{
    uint32_t self = 1U << port_cpu;
    const uint32_t filters[] = {value >> 16 & 0xff, ~self, self, 0};
    uint32_t targets = filters[value >> 24 & 3];

    for (uint32_t i = 0; i < gic->cpus; i++) {
        if ((targets >> i & 1) != 0) {
            port_irq_state(i, value & 0xf, self << GIC_SENDERS | 1, 0);
        }
    }
}

static void write_route(struct gic *gic, uint64_t offset, unsigned size, uint64_t value)
{
    uint64_t irq = (offset - GICD_IROUTER) / 8;
    unsigned shift = (unsigned)(offset & 7) * 8;
    uint64_t mask = size >= 8 ? ~UINT64_C(0) : ((UINT64_C(1) << size * 8) - 1) << shift;

    if (gic_is_fixed(gic, (uint32_t)irq)) {
        return;
    }
    gic->routes[irq] = ((gic->routes[irq] & ~mask) | (value << shift & mask)) & ROUTE_BITS;
    value = gic->routes[irq] & ROUTE_CPU;
    gic_route(gic, (uint32_t)irq, value < gic->cpus ? (uint32_t)value : GIC_CPUS_MAX);
}

NOINLINE static void write_other(struct gic *gic, uint64_t offset, unsigned size, uint64_t value)
{
    if (gic->version == 2 && offset == GICD_SGIR) {
        send_sgi(gic, (uint32_t)value);
    } else if (offset == GICD_CTLR) {
        write_control(gic, (uint32_t)value);
    } else if (is_route(gic, offset)) {
        write_route(gic, offset, size, value);
    }
}

void gicd_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value)
{
    if (offset - FIELDS < FIELDS_END - FIELDS && offset != GICD_SGIR) {
        gic_field_write(gic, fields_of(gic), offset, size, value);
    } else {
        write_other(gic, offset, size, value);
    }
}

/* GICR_TYPER: the processor's affinity and number; no LPIs. */
static uint64_t redistributor_typer(const struct gic *gic)
{
    uint64_t cpu = gic->bank;

    return cpu << 32 | cpu << 8 | (cpu + 1 == gic->cpus ? TYPER_LAST : 0);
}

static uint64_t redistributor_read(const struct gic *gic, uint64_t offset)
{
    uint64_t word = offset & ~UINT64_C(3);

    if (offset - GICR_TYPER < 8) {
        return part(redistributor_typer(gic), GICR_TYPER, offset);
    }
    switch (word) {
    case GICR_IIDR:
        return part(IIDR, word, offset);
    case GICR_WAKER:
        return part(gic->banks[gic->bank].waker, word, offset);
    default:
        return part(id_at(ids_gicr, word - ID_V3), word, offset);
    }
}

static uint64_t frame_read(struct gic *gic, uint64_t offset, unsigned size)
{
    uint64_t value = 0;

    if (offset < GICR_SGI_FRAME) {
        return redistributor_read(gic, offset);
    }
    (void)gic_field_read(gic, span_private, offset - GICR_SGI_FRAME, size, &value);
    return value;
}

uint64_t gicr_read(struct gic *gic, uint64_t offset, unsigned size)
{
    gic->bank = (uint32_t)(offset / GICR_SIZE);
    uint64_t value = frame_read(gic, offset % GICR_SIZE, size);
    gic->bank = port_cpu;
    return value;
}

void gicr_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value)
{
    uint64_t at = offset % GICR_SIZE;

    gic->bank = (uint32_t)(offset / GICR_SIZE);
    if (at >= GICR_SGI_FRAME) {
        gic_field_write(gic, span_private, at - GICR_SGI_FRAME, size, value);
    } else if (at == GICR_WAKER) { /* the children follow at once */
        gic->banks[gic->bank].waker = (value & 2) != 0 ? WAKER_ASLEEP : 0;
    }
    gic->bank = port_cpu;
}
