/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what each physical interrupt is for: the kernel's timer, the guest's timers, maintenance of
 * list registers, or an irq object. One interrupt is handled per kernel entry. */
#include "exception.h"

#include "barrier.h"
#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "kernel/obj/irq.h"
#include "timer.h"
#include "vgic.h"

/* The timer of the vCPU in the core, whoever runs. */
static struct resume guest_timer_irq(struct cpu *cpu, enum guest_timer timer)
{
    struct vcpu *vcpu = cpu->el1_owner;
    if (unlikely(!vcpu)) {
        timer_stop();
        arch_irq_deactivate(timer_intids.guest[timer]);
        return sched_resume(cpu);
    }
    vgic_timer(vcpu, timer);
    if (unlikely(&vcpu->thread != cpu->current)) {
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
static NOINLINE struct resume private_irq(struct cpu *cpu, uint32_t iar)
{
    uint32_t intid = iar & GIC_INTID;
    bool same = false;
    if (intid < GIC_PPI_FIRST) {
        mail_irq(cpu);
    } else if (intid == timer_intids.kernel) {
        same = time_tick(cpu);
    } else if (intid == timer_intids.maintenance) {
        same = true;
        if (cpu->el1_owner) {
            vgic_maintenance(cpu->el1_owner);
        }
    } else if (intid == timer_intids.guest[TIMER_PHYSICAL]) {
        return guest_timer_irq(cpu, TIMER_PHYSICAL);
    } else {
        struct irq **entry = irq_entry(cpu, intid);
        return irq_fire(cpu, entry ? *entry : NULL, intid);
    }
    arch_irq_deactivate(iar);
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

/* It was acknowledged and its priority dropped. */
static ALWAYS_INLINE struct resume irq_taken(struct cpu *cpu, uint32_t iar, uint32_t intid)
{
    return likely(intid == timer_intids.guest[TIMER_VIRTUAL]) ? guest_timer_irq(cpu, TIMER_VIRTUAL)
                                                              : private_irq(cpu, iar);
}

static COLD struct resume take_v2(struct cpu *cpu)
{
    uint32_t iar = gicv2_take(), intid = iar & GIC_INTID;
    if (intid - IRQ_SHARED < irq_shared_count) {
        return irq_fire(cpu, irq_shared[intid - IRQ_SHARED], intid);
    }
    return intid < GIC_SPECIAL ? irq_taken(cpu, iar, intid) : spurious(cpu);
}

/* Needs no stack before it knows more. */
struct resume exception_irq(struct cpu *cpu)
{
    if (unlikely(gic_is_v2())) {
        return take_v2(cpu);
    }
    uint64_t iar = sysreg_read(icc_iar1_el1);
    uint32_t intid = (uint32_t)iar & GIC_INTID;
    dsb_sy(); /* the acknowledge is done before the device is touched (IHI 0069, 4.1.1) */
    if (likely(intid - IRQ_SHARED < irq_shared_count)) {
        sysreg_write(icc_eoir1_el1, iar);
        return irq_fire(cpu, irq_shared[intid - IRQ_SHARED], intid);
    }
    if (unlikely(intid >= GIC_SPECIAL)) {
        return spurious(cpu);
    }
    sysreg_write(icc_eoir1_el1, iar);
    return irq_taken(cpu, (uint32_t)iar, intid);
}
