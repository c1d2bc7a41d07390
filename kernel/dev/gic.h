/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller, physical side and virtual CPU interface: a GICv3 by its registers, or a
 * GICv2 by calls. */
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
#define GIC_LRENP 4u
/* maintenance interrupt when no list register is pending */
#define GIC_NO_PENDING         8u
#define GIC_EOI_COUNT(control) ((control) >> 27)

#define GICH_HCR      0x000
#define GICH_VMCR     0x008
#define GICH_ELRSR    0x030
#define VMCR_RESERVED (7u << 24) /* below a priority mask of 5 bits */

/* Set up what cores share; gicd_init comes first. */
void gicv2_init(const struct boot_gic *info);
void gicv3_init(const struct boot_gic *info);

/* GICv2's CPU interface; 0: it is a GICv3. Never changes after boot. */
extern uint64_t gicc;
static ALWAYS_INLINE bool gic_is_v2(void)
{
    return gicc != 0;
}

/* This core's part; NULL or what is wrong. */
const char *gic_start(struct cpu *cpu);
uint64_t gic_lr_read(unsigned index);
void gic_lr_write(unsigned index, uint64_t value);
uint32_t gic_lr_empty(void); /* bit n: list register n is in no state */
uint32_t gic_control(void);
void gic_set_control(uint32_t control);
uint32_t gic_vmcr(void); /* groups enabled 1:0, priority mask 31:24 */
void gic_save(struct gic_interface *interface);
void gic_load(const struct gic_interface *interface);

/* What these, and what arch.h asks for, are on each of the two. */
const char *gicv2_start(struct cpu *cpu);
void gicv2_kick(const struct cpu *cpu);
void gicv2_route(uint32_t intid, const struct cpu *cpu);
uint32_t gicv2_take(void);
void gicv2_deactivate(uint32_t iar);
uint64_t gicv2_lr_read(unsigned index);
void gicv2_lr_write(unsigned index, uint64_t value);
uint32_t gicv2_read(uint32_t offset); /* of GICH */
void gicv2_set_control(uint32_t control);
void gicv2_save(struct gic_interface *interface);
void gicv2_load(const struct gic_interface *interface);

extern unsigned gic_lr_count;

/* A core has this many list registers: no core may have fewer than the first. */
const char *gic_lr_found(unsigned count);
