/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which interrupt controller this machine has. */
#include "kernel/dev/gic.h"

#include "kernel/arch/arch.h"
#include "kernel/dev/gicd.h"
#include "sysreg.h"

#define PFR0_GIC 24

const struct gic *gic = &gicv2;
unsigned gic_lr_count;
static uint32_t count;

BOOT_ONLY const char *gic_init(const struct boot_gic *info)
{
    bool registers = id_field(sysreg_read(id_aa64pfr0_el1), PFR0_GIC) != 0;
    bool v3 = info->gicr != 0 && (info->gicc == 0 || registers);
    if (v3 && !registers) {
        return "the description has a GICv3 only, and the core has no registers for one";
    }
    const char *error = v3 ? gicv3_init(info) : gicv2_init(info);
    if (error) {
        return error;
    }
    gic = v3 ? &gicv3 : &gicv2;
    gic_lr_count = v3 ? gicv3_lr_count() : gicv2_lr_count();
    count = gicd_count(info->gicd);
    gic_enable(info->maintenance, false);
    return NULL;
}

void gic_enable(uint32_t intid, bool edge)
{
    gic->enable(intid, edge);
}

void arch_irq_enable(uint32_t intid, bool edge)
{
    gic->enable(intid, edge);
}

void arch_irq_disable(uint32_t intid)
{
    gic->disable(intid);
}

void arch_irq_deactivate(uint32_t intid)
{
    gic->deactivate(intid);
}

uint32_t arch_irq_count(void)
{
    return count;
}
