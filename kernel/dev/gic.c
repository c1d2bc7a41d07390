/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which interrupt controller this machine has: start.c finds it. */
#include "kernel/dev/gic.h"

#include "barrier.h"
#include "kernel/arch/arch.h"

const struct gic *gic = &gicv2;
unsigned gic_lr_count;

const char *gic_lr_found(unsigned number)
{
    number = number > GIC_LR_MAX ? GIC_LR_MAX : number;
    gic_lr_count = gic_lr_count == 0 ? number : gic_lr_count;
    return number < gic_lr_count ? "it has fewer list registers than core 0" : NULL;
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
