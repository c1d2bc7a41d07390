/* SPDX-License-Identifier: Apache-2.0 */
/* Knows GICv2 (IHI 0048): distributor and CPU interface as EL2 without a secure side sees them,
 * and GICH. */
#include "kernel/dev/gic.h"
#include "kernel/dev/gicd.h"
#include "kernel/dev/mmio.h"

#define GICD_CTLR      0x000
#define GICD_ITARGETSR 0x800
#define GICD_SGIR      0xf00
#define SGIR_TARGETS   16

#define GICC_CTLR    0x0000
#define GICC_PMR     0x0004
#define GICC_BPR     0x0008
#define GICC_IAR     0x000c
#define GICC_EOIR    0x0010
#define GICC_APR     0x00d0
#define GICC_DIR     0x1000
#define CTLR_ENABLE  1u
#define CTLR_EOIMODE (1u << 9)

#define GICH_VTR 0x004
#define GICH_APR 0x0f0
#define GICH_LR  0x100

/* GICH_LR fields. */
#define LR2_PHYSICAL_SHIFT 10
#define LR2_EOI            (1u << 19)
#define LR2_PRIORITY_SHIFT 23
#define LR2_STATE_SHIFT    28
#define LR2_GROUP1         (1u << 30)
#define LR2_HW             (1u << 31)

uint64_t gicc;
static uint64_t gich;

BOOT_ONLY void gicv2_init(const struct boot_gic *info)
{
    gicc = info->gicc;
    gich = info->gich;
    mmio_write32(gicd + GICD_CTLR, 0);
    gicd_reset(GIC_SPI_FIRST, gicd_count, false);
    uint32_t self = mmio_read32(gicd + GICD_ITARGETSR); /* of SGIs: who reads (IHI 0048, 4.3.12) */
    /* bound: boot */
    for (uint32_t i = GIC_SPI_FIRST; i < gicd_count; i += 4) {
        mmio_write32(gicd + GICD_ITARGETSR + i, self);
    }
    mmio_write32(gicd + GICD_CTLR, CTLR_ENABLE);
}

COLD const char *gicv2_start(struct cpu *cpu)
{
    unsigned lr_count = (mmio_read32(gich + GICH_VTR) & 0x3f) + 1;
    cpu->arch.gic = gicd;
    cpu->arch.target = (mmio_read32(gicd + GICD_ITARGETSR) & 0xff) << SGIR_TARGETS | GIC_SGI_KICK;
    gicd_reset(0, GIC_SPI_FIRST, false);
    mmio_write32(gicc + GICC_PMR, 0xff);
    mmio_write32(gicc + GICC_BPR, 0);
    mmio_write32(gicc + GICC_APR, 0);
    mmio_write32(gicc + GICC_CTLR, CTLR_ENABLE | CTLR_EOIMODE);
    mmio_write32(gich + GICH_HCR, 0);
    /* bound: 16 list registers, when a core comes up */
    for (unsigned i = 0; i < lr_count; i++) {
        mmio_write32(gich + GICH_LR + 4 * i, 0);
    }
    return gic_lr_found(lr_count);
}

void gicv2_kick(const struct cpu *cpu)
{
    mmio_write32(gicd + GICD_SGIR, (uint32_t)cpu->arch.target);
}

void gicv2_route(uint32_t intid, const struct cpu *cpu)
{
    mmio_write8(gicd + GICD_ITARGETSR + intid, (uint8_t)(cpu->arch.target >> SGIR_TARGETS));
}

/* Of an SGI also who sent it: its end must say that, too. */
uint32_t gicv2_take(void)
{
    uint32_t iar = mmio_read32(gicc + GICC_IAR);
    if ((iar & GIC_INTID) < GIC_SPECIAL) {
        mmio_write32(gicc + GICC_EOIR, iar);
    }
    return iar;
}

void gicv2_deactivate(uint32_t iar)
{
    mmio_write32(gicc + GICC_DIR, iar);
}

/* The usual group of a guest without a secure side is group 0: its driver sets bit 0 of
 * GICC_CTLR. */
uint64_t gicv2_lr_read(unsigned index)
{
    uint32_t lr = mmio_read32(gich + GICH_LR + 4 * index);
    uint64_t value = (lr & GIC_INTID) | (uint64_t)(lr >> LR2_STATE_SHIFT & 3) << 62;
    value |= LR_PRIORITY(lr >> LR2_PRIORITY_SHIFT << 3 & 0xf8);
    value |= lr & LR2_GROUP1 ? 0 : LR_USUAL;
    if (lr & LR2_HW) {
        return value | LR_HW | LR_PHYSICAL(lr >> LR2_PHYSICAL_SHIFT & GIC_INTID);
    }
    return value | (lr & LR2_EOI ? LR_EOI : 0) | LR_SENDER(lr >> LR2_PHYSICAL_SHIFT & 7);
}

void gicv2_lr_write(unsigned index, uint64_t value)
{
    uint32_t lr = LR_INTID(value) | (uint32_t)(value >> 62) << LR2_STATE_SHIFT;
    lr |= (uint32_t)(value >> 51 & 31) << LR2_PRIORITY_SHIFT;
    lr |= value & LR_USUAL ? 0 : LR2_GROUP1;
    if (value & LR_HW) {
        lr |= LR2_HW | (uint32_t)(value >> 32 & GIC_INTID) << LR2_PHYSICAL_SHIFT;
    } else {
        lr |= value & LR_EOI ? LR2_EOI : 0;
        lr |= LR_SENDER_OF(value) << LR2_PHYSICAL_SHIFT;
    }
    mmio_write32(gich + GICH_LR + 4 * index, lr);
}

uint32_t gicv2_read(uint32_t offset)
{
    return mmio_read32(gich + offset);
}

void gicv2_set_control(uint32_t control)
{
    mmio_write32(gich + GICH_HCR, control);
}

void gicv2_save(struct gic_interface *interface)
{
    interface->apr[0][0] = mmio_read32(gich + GICH_APR);
}

void gicv2_load(const struct gic_interface *interface)
{
    mmio_write32(gich + GICH_VMCR, interface->vmcr);
    mmio_write32(gich + GICH_APR, interface->apr[0][0]);
}
