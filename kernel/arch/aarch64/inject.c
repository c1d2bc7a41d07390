/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a guest's EL1 takes an exception, and what is asked of a vCPU's EL1 registers: all of
 * them are written back first; the core gets them again when it enters the vCPU. */
#include "exception.h"
#include "kernel/arch/arch.h"

#define SCTLR_SPAN         (UINT64_C(1) << 23)
#define SCTLR_DSSBS        (UINT64_C(1) << 44)
#define ESR_IL             (UINT64_C(1) << 25)
#define CLASS_SHIFT        26
#define CLASS_SAME_EL      1 /* an abort of EL1 itself: its class is the next one */
#define DFSC_EXTERNAL_WALK 0x14u

/* PSTATE on entry to EL1: Arm ARM D1.4.4, AArch64.TakeException. */
static uint64_t entry_state(uint64_t before, uint64_t sctlr)
{
    uint64_t state = (before & (PSR_NZCV | PSR_PAN | PSR_DIT)) | PSR_DAIF | PSR_EL1H;
    if (id_field(id_register(7, 1), 20) != 0 && !(sctlr & SCTLR_SPAN)) {
        state |= PSR_PAN;
    }
    if (id_field(id_register(4, 1), 4) != 0 && (sctlr & SCTLR_DSSBS)) {
        state |= PSR_SSBS;
    }
    return psr_build(true, state);
}

/* Vector offsets: Arm ARM D1.4.1. */
static COLD void take(struct vcpu *vcpu, uint64_t esr)
{
    struct frame *frame = &vcpu->thread.frame;
    struct el1_state *el1 = &vcpu->arch.el1;
    uint64_t mode = frame->psr & PSR_MODE;
    arch_thread_leave(&vcpu->thread);
    el1->elr_el1 = frame->pc;
    el1->spsr_el1 = frame->psr;
    el1->esr_el1 = esr;
    frame->pc = el1->vbar_el1 + (mode == PSR_EL0T ? 0x400 : mode == PSR_EL1H ? 0x200 : 0);
    frame->psr = entry_state(frame->psr, el1->sctlr_el1);
    cpu_this()->resched = 1; /* if it runs it enters the core anew */
}

void guest_inject_undefined(struct vcpu *vcpu)
{
    take(vcpu, (uint64_t)EC_UNKNOWN << CLASS_SHIFT | ESR_IL);
}

bool arch_abort_fits(const struct vcpu *vcpu)
{
    return is_abort(vcpu->arch.exit_syndrome);
}

/* The level of a walk that found nothing is not known here: it says 0. */
void arch_vcpu_abort(struct vcpu *vcpu)
{
    uint64_t why = vcpu->arch.exit_syndrome;
    uint64_t class = esr_class(why);
    uint64_t esr = ESR_IL | (why & ABORT_S1PTW ? DFSC_EXTERNAL_WALK : DFSC_EXTERNAL);
    if ((vcpu->thread.frame.psr & PSR_MODE) != 0) {
        class += CLASS_SAME_EL;
    }
    if (esr_class(why) == EC_DATA_ABORT) {
        esr |= why & ABORT_WRITE;
    }
    take(vcpu, class << CLASS_SHIFT | esr);
    vcpu->arch.el1.far_el1 = vcpu->arch.exit_address;
}

uint64_t arch_vcpu_register(struct vcpu *vcpu, uint64_t index)
{
    const struct el1_state *el1 = &vcpu->arch.el1;
    arch_thread_leave(&vcpu->thread);
    switch (index) {
    case BH_REG_SCTLR:
        return el1->sctlr_el1;
    case BH_REG_TCR:
        return el1->tcr_el1;
    case BH_REG_TTBR0:
        return el1->ttbr0_el1;
    case BH_REG_TTBR1:
        return el1->ttbr1_el1;
    default:
        return 0;
    }
}
