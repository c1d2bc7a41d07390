/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which interrupt controller this machine has. */
#include "kernel/dev/gic.h"

#include "barrier.h"
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
    gic = v3 ? &gicv3 : &gicv2;
    const char *error = v3 ? gicv3_init(info) : gicv2_init(info);
    count = error ? 0 : gicd_count(info->gicd);
    return error;
}

const char *gic_lr_found(unsigned number)
{
    number = number > GIC_LR_MAX ? GIC_LR_MAX : number;
    gic_lr_count = gic_lr_count == 0 ? number : gic_lr_count;
    return number < gic_lr_count ? "it has fewer list registers than core 0" : NULL;
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

void arch_irq_route(uint32_t intid, const struct cpu *cpu)
{
    gic->route(intid, cpu);
}

void arch_cpu_kick(const struct cpu *cpu)
{
    dsb_ishst(); /* what it is to look at is there before it is told (IHI 0069, 8.2.5) */
    gic->kick(cpu);
}

uint32_t arch_irq_count(void)
{
    return count;
}
