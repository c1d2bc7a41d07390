/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller: GICv2 or GICv3 behind one table, physical side and virtual CPU
 * interface. */
#pragma once

#include "abi/boot.h"
#include "kernel/core/cpu.h"

/* INTIDs from here on are not interrupts: spurious, or of another security state (1020-1023). */
#define GIC_SPECIAL   1020u
#define GIC_INTID     0x3ffu
#define GIC_SGI_KICK  0u
#define GIC_PPI_FIRST 16u
#define GIC_SPI_FIRST 32u
#define GIC_LR_MAX    4u /* what Cortex-A cores have; more are not used */

/* A list register as GICv3 has it (ICH_LR<n>_EL2); gicv2.c converts. */
#define LR_INTID(value) ((uint32_t)((value)&0x1fff))
/* not HW: maintenance interrupt when the guest ends it */
#define LR_EOI                (UINT64_C(1) << 41)
#define LR_PHYSICAL(intid)    ((uint64_t)(intid) << 32) /* with HW */
#define LR_SENDER(vcpu)       LR_PHYSICAL(vcpu)         /* of an SGI, on a GICv2 */
#define LR_SENDER_OF(value)   ((unsigned)((value) >> 32 & 7))
#define LR_PRIORITY(priority) ((uint64_t)(priority) << 48)
/* The group that guests use: group 1. On GICv2 that is group 0, and gicv2.c turns the bit. */
#define LR_USUAL   (UINT64_C(1) << 60)
#define LR_HW      (UINT64_C(1) << 61)
#define LR_PENDING (UINT64_C(1) << 62)
#define LR_ACTIVE  (UINT64_C(1) << 63)

/* Control of the virtual interface (ICH_HCR_EL2, GICH_HCR). */
#define GIC_VIRTUAL_ON 1u
/* maintenance interrupt when at most one list register is in use */
#define GIC_UNDERFLOW 2u
/* maintenance interrupt when the guest ends one that is in none */
#define GIC_LRENP              4u
#define GIC_EOI_COUNT(control) ((control) >> 27)

struct gic {
    const char *name;
    uint32_t sender_sgis; /* interrupts below are pending for each of their senders */
    const char *(*start)(struct cpu *cpu); /* this core's part; NULL or what is wrong */
    void (*kick)(const struct cpu *cpu);   /* send GIC_SGI_KICK */
    void (*route)(uint32_t intid, const struct cpu *cpu);
    uint32_t (*ack)(void);      /* read IAR: GIC_INTID of it is the INTID, or special */
    void (*drop)(uint32_t iar); /* write EOIR: priority drop */
    void (*deactivate)(uint32_t iar);

    uint64_t (*lr_read)(unsigned index);
    void (*lr_write)(unsigned index, uint64_t value);
    uint32_t (*lr_empty)(void); /* bit n: list register n is in no state */
    uint32_t (*control)(void);
    void (*set_control)(uint32_t control);
    uint32_t (*vmcr)(void); /* groups enabled 1:0, priority mask 31:24 */
    void (*save)(struct gic_interface *interface);
    void (*load)(const struct gic_interface *interface);
};

extern const struct gic gicv2;
extern const struct gic gicv3;
/* Set up what cores share; gicd_init comes first. */
void gicv2_init(const struct boot_gic *info);
void gicv3_init(const struct boot_gic *info);

/* The one that boot found (ID_AA64PFR0_EL1.GIC); never changes afterwards. */
extern const struct gic *gic;
extern unsigned gic_lr_count;

/* A core has this many list registers: no core may have fewer than the first. */
const char *gic_lr_found(unsigned count);
