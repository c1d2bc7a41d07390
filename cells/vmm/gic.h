/* SPDX-License-Identifier: Apache-2.0 */
/* The guest's interrupt distributor (GICv2 or GICv3) and GICv3 redistributor, for one vCPU.
 *
 * Pending and active state, priorities and delivery are the kernel's; here are the settings as the
 * guest reads them back, and which of them the kernel has been told. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define GICD_BASE UINT64_C(0x08000000)
#define GICD_SIZE UINT64_C(0x10000)
#define GICR_BASE UINT64_C(0x080a0000)
#define GICR_SIZE UINT64_C(0x20000)

#define GIC_IRQS_MAX 1020
#define GIC_SGIS     16
#define GIC_PRIVATE  32 /* SGIs and PPIs */

struct gic_irq {
    uint8_t priority;
    bool enabled;
    bool level;
    bool group1;
    bool driven;   /* the vmm has a line to it; set once, before gic_reset */
    uint32_t told; /* settings that the kernel has */
};

struct gic {
    uint32_t version; /* 2 or 3 */
    uint32_t count;   /* interrupts: a multiple of 32 up to 992, or 1020 */
    uint32_t control; /* enable bits of GICD_CTLR */
    uint32_t waker;   /* GICR_WAKER */
    struct gic_irq irqs[GIC_IRQS_MAX];
    uint64_t routes[GIC_IRQS_MAX]; /* GICD_IROUTER: kept for the guest, there is one vCPU */
};

/* State after reset. */
void gic_reset(struct gic *gic, uint32_t version, uint32_t count);

/* thread_set has reset what the kernel has: it is told what differs. Nothing is enabled, so that is
 * only the trigger of what is driven. */
void gic_start(struct gic *gic);

/* size: 1, 2, 4 or 8 bytes, offset a multiple of it. Registers that do not exist read as zero. */
uint64_t gicd_read(struct gic *gic, uint64_t offset, unsigned size);
void gicd_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value);
uint64_t gicr_read(struct gic *gic, uint64_t offset, unsigned size);
void gicr_write(struct gic *gic, uint64_t offset, unsigned size, uint64_t value);
