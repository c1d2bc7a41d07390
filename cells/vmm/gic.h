/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's interrupt distributor (GICv2 or GICv3) and GICv3 redistributors, one for each of its
 * processors.
 *
 * Pending and active state, priorities and delivery are the kernel's; here are the settings as the
 * guest reads them back, and which of them the kernel has been told. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GICD_BASE UINT64_C(0x08000000)
#define GICD_SIZE UINT64_C(0x10000)
#define GICR_BASE UINT64_C(0x080a0000)
#define GICR_SIZE UINT64_C(0x20000) /* of each redistributor */

#define GIC_IRQS_MAX 1020
#define GIC_SGIS     16
#define GIC_PRIVATE  32 /* SGIs and PPIs */
#define GIC_CPUS_MAX 8

struct gic_irq {
    uint8_t priority;
    bool enabled;
    bool level;
    bool group1;
    uint8_t driven; /* the vmm has a line to it: 1 + enum port_line; set once, before gic_reset */
    uint8_t cpu;    /* in whose vCPU the kernel's part of it is */
    bool nowhere;   /* its route leads to no processor */
    uint16_t kept;  /* the kernel's part while the vCPU is reset */
    uint32_t told;  /* settings that the kernel has */
};

/* What every processor has of its own. */
struct gic_bank {
    uint32_t waker; /* GICR_WAKER */
    struct gic_irq irqs[GIC_PRIVATE];
};

struct gic {
    uint32_t version; /* 2 or 3 */
    uint32_t count;   /* interrupts: a multiple of 32 up to 992, or 1020 */
    uint32_t cpus;
    uint32_t fixed;   /* from here on interrupts cannot be routed, unless they are driven */
    uint32_t control; /* enable bits of GICD_CTLR */
    uint32_t bank;    /* whose private interrupts are meant: port_cpu's between two accesses */
    struct gic_bank banks[GIC_CPUS_MAX];
    struct gic_irq irqs[GIC_IRQS_MAX];
    uint64_t routes[GIC_IRQS_MAX]; /* GICD_IROUTER, or GICD_ITARGETSR's byte */
};

static inline struct gic_irq *gic_irq(struct gic *gic, uint32_t irq)
{
    return irq < GIC_PRIVATE ? &gic->banks[gic->bank].irqs[irq] : &gic->irqs[irq];
}

/* State after reset; version, count, cpus and fixed are set. */
void gic_reset(struct gic *gic);

/* All vCPUs have been reset, and what the kernel has with them: it is told what differs. Nothing is
 * enabled, so that is only the trigger of what is driven. */
void gic_start(struct gic *gic);

/* Before and after one of the vCPUs is reset: for the guest's GIC, nothing happens. */
void gic_keep(struct gic *gic, uint32_t cpu);
void gic_restore(struct gic *gic, uint32_t cpu);

/* An interrupt goes to this processor from now on; GIC_CPUS_MAX: to none. */
void gic_route(struct gic *gic, uint32_t irq, uint32_t cpu);

/* size: 1, 2, 4 or 8 bytes, offset a multiple of it. Registers that do not exist read as zero. What
 * is read may have more bits than asked for. */
uint64_t gicd_read(struct gic *gic, uint64_t offset, unsigned size);
void gicd_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value);
uint64_t gicr_read(struct gic *gic, uint64_t offset, unsigned size);
void gicr_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value);
