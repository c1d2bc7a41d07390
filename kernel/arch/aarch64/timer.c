/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the generic timer (Arm ARM D11.2): CNTHP is the kernel's, CNTV and CNTP belong to the
 * vCPU in the core. */
#include "timer.h"

#include "arch_fast.h"
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "machine.h"
#include "sysreg.h"

#define CTL_ENABLE  UINT64_C(1)
#define CTL_IMASK   UINT64_C(2)
#define CTL_ISTATUS UINT64_C(4)

struct timer_intids timer_intids;

BOOT_ONLY void timer_init(const struct boot_gic *board)
{
    timer_intids.kernel = board->hyp_timer;
    timer_intids.maintenance = board->maintenance;
    timer_intids.guest[TIMER_VIRTUAL] = board->virt_timer;
    timer_intids.guest[TIMER_PHYSICAL] = board->phys_timer;
}

COLD void timer_start(void)
{
    timer_stop();
    isb();
    arch_irq_enable(GIC_SGI_KICK, true);
    arch_irq_enable(timer_intids.maintenance, false);
    arch_irq_enable(timer_intids.kernel, false);
    /* bound: 2 timers */
    for (unsigned i = 0; i < TIMER_COUNT; i++) {
        if (timer_intids.guest[i] != 0) {
            arch_irq_enable(timer_intids.guest[i], false);
        }
    }
}

void timer_stop(void)
{
    sysreg_write(cntv_ctl_el0, 0);
    sysreg_write(cntp_ctl_el0, 0);
}

unsigned timers_asserted(void)
{
    const uint64_t all = CTL_ENABLE | CTL_IMASK | CTL_ISTATUS, due = CTL_ENABLE | CTL_ISTATUS;
    return (unsigned)((sysreg_read(cntv_ctl_el0) & all) == due) << TIMER_VIRTUAL |
           (unsigned)((sysreg_read(cntp_ctl_el0) & all) == due) << TIMER_PHYSICAL;
}

/* The sooner of next and what one timer waits for; a timer that is long over is not the same as
 * none. */
static uint64_t sooner(uint64_t next, uint64_t control, uint64_t value)
{
    if ((control & (CTL_ENABLE | CTL_IMASK)) != CTL_ENABLE) {
        return next;
    }
    return next == 0 || value < next ? value | (value == 0) : next;
}

uint64_t arch_vcpu_deadline(const struct vcpu *vcpu)
{
    const struct el1_state *el1 = &vcpu->arch.el1;
    const struct virq *virqs = vcpu->virqs;
    if (cpu_this()->el1_owner == vcpu) { /* they will interrupt the core; at once, if they have */
        return timers_asserted() != 0;
    }
    /* an interrupt that is active does not come again */
    uint64_t first =
        sooner(0, virqs[GUEST_PPI_VIRTUAL].active ? 0 : el1->cntv_ctl_el0, el1->cntv_cval_el0);
    return sooner(first, virqs[GUEST_PPI_PHYSICAL].active ? 0 : el1->cntp_ctl_el0,
                  el1->cntp_cval_el0);
}

uint64_t arch_now(void)
{
    isb(); /* the counter may not be read early (Arm ARM D11.2.1) */
    return sysreg_read(cntpct_el0);
}

void arch_timer_set(uint64_t deadline)
{
    sysreg_write(cnthp_cval_el2, deadline);
    sysreg_write(cnthp_ctl_el2, deadline != 0 ? CTL_ENABLE : 0);
}
