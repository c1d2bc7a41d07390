/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what each physical interrupt is for: the kernel's timer, the guest's timers, maintenance of
 * list registers, or an irq object. One interrupt is handled per kernel entry. */
#include "exception.h"

#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "timer.h"
#include "vgic.h"

/* The timer of the vCPU in the core, whoever runs. */
static struct resume guest_timer_irq(struct thread *current, struct cpu *cpu,
                                     enum guest_timer timer)
{
    struct vcpu *vcpu = cpu->el1_owner;
    if (unlikely(!vcpu)) {
        timer_stop();
        gic->deactivate(timer_intids.guest[timer]);
        return sched_resume(cpu);
    }
    vgic_timer(vcpu, timer);
    if (unlikely(&vcpu->thread != current)) {
        vcpu_wake(vcpu);
    }
    return sched_resume(cpu);
}

BOOT_ONLY bool arch_irq_own(uint32_t intid)
{
    return intid < GIC_PPI_FIRST || intid == timer_intids.kernel ||
           intid == timer_intids.maintenance || intid == timer_intids.guest[TIMER_VIRTUAL] ||
           intid == timer_intids.guest[TIMER_PHYSICAL];
}

/* Maintenance changes nothing that a decision who runs depends on: if one is due, the next entry
 * makes it. */
static COLD struct resume kernel_irq(struct cpu *cpu, uint32_t iar, uint32_t intid)
{
    bool same = false;
    if (intid < GIC_PPI_FIRST) {
        mail_irq(cpu);
    } else if (intid == timer_intids.kernel) {
        same = time_tick(cpu);
    } else {
        same = true;
        if (cpu->el1_owner) {
            vgic_maintenance(cpu->el1_owner);
        }
    }
    gic->deactivate(iar);
    return same ? (struct resume){cpu->current, cpu->current->frame.x} : sched_resume(cpu);
}

/* Nothing is due. A virtual interrupt that is pending for the vCPU in the core ends no WFI at EL2
 * with TGE = 1 (Arm ARM, HCR_EL2.IMO), but in QEMU it does: without this an idle core would go
 * round while that vCPU waits for an answer from elsewhere. */
static COLD struct resume spurious(struct cpu *cpu)
{
    if (cpu->el1_owner && !(cpu->world & WORLD_GUEST)) {
        arch_thread_leave(&cpu->el1_owner->thread);
    }
    return sched_resume(cpu);
}

struct resume exception_irq(struct thread *current, struct cpu *cpu)
{
    if (unlikely(current->frame.psr & PSR_AARCH32)) {
        /* the interrupt comes again when another thread runs; ESR_EL2 is of an older exception */
        sysreg_write(esr_el2, 0);
        return exception_aarch32(current, cpu);
    }
    uint32_t iar = gic->ack(), intid = iar & GIC_INTID;
    if (unlikely(intid >= GIC_SPECIAL)) {
        return spurious(cpu);
    }
    gic->drop(iar);
    /* shared: a device's; the kernel's own are private to the core */
    if (likely(intid >= GIC_SPI_FIRST)) {
        irq_fire(cpu, intid);
        return sched_resume(cpu);
    }
    if (intid == timer_intids.guest[TIMER_VIRTUAL]) {
        return guest_timer_irq(current, cpu, TIMER_VIRTUAL);
    }
    if (unlikely(intid == timer_intids.guest[TIMER_PHYSICAL])) {
        return guest_timer_irq(current, cpu, TIMER_PHYSICAL);
    }
    if (unlikely(intid < GIC_PPI_FIRST || intid == timer_intids.kernel ||
                 intid == timer_intids.maintenance)) {
        return kernel_irq(cpu, iar, intid);
    }
    irq_fire(cpu, intid);
    return sched_resume(cpu);
}
