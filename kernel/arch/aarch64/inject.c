/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a guest's EL1 takes an exception, and where the EL1 registers of a vCPU are meanwhile:
 * those that act on EL0 are in the core only while it runs, the others until another vCPU comes. */
#include "exception.h"
#include "kernel/arch/arch.h"
#include "kernel/core/psr.h"

#define SCTLR_SPAN         (UINT64_C(1) << 23)
#define SCTLR_DSSBS        (UINT64_C(1) << 44)
#define PSR_FLAGS          (UINT64_C(0xf) << 28)
#define PSR_SSBS           (UINT64_C(1) << 12)
#define PSR_PAN            (UINT64_C(1) << 22)
#define PSR_DIT            (UINT64_C(1) << 24)
#define PSR_EL1H_MASKED    UINT64_C(0x3c5)
#define PSR_EL1H           UINT64_C(5)
#define ESR_IL             (UINT64_C(1) << 25)
#define CLASS_SHIFT        26
#define CLASS_SAME_EL      1 /* an abort of EL1 itself: its class is the next one */
#define DFSC_EXTERNAL_WALK 0x14u

static bool in_core(const struct vcpu *vcpu)
{
    return cpu_this()->el1_owner == vcpu;
}

static bool runs(const struct vcpu *vcpu)
{
    return in_core(vcpu) && (cpu_this()->world & WORLD_GUEST);
}

/* LAZY registers of registers.def. */
#define LAZY_READ(vcpu, name) (in_core(vcpu) ? sysreg_read(name) : (vcpu)->arch.el1.name)
#define LAZY_WRITE(vcpu, name, value)        \
    do {                                     \
        if (in_core(vcpu)) {                 \
            sysreg_write(name, value);       \
        } else {                             \
            (vcpu)->arch.el1.name = (value); \
        }                                    \
    } while (0)

/* EAGER ones. */
#define EAGER_READ(vcpu, name) (runs(vcpu) ? sysreg_read(name) : (vcpu)->arch.el1.name)

/* PSTATE on entry to EL1: Arm ARM D1.4.4, AArch64.TakeException. */
static uint64_t entry_state(const struct vcpu *vcpu)
{
    uint64_t sctlr = EAGER_READ(vcpu, sctlr_el1);
    uint64_t state = (vcpu->thread.frame.psr & (PSR_FLAGS | PSR_PAN | PSR_DIT)) | PSR_EL1H_MASKED;
    if (id_field(id_register(7, 1), 20) != 0 && !(sctlr & SCTLR_SPAN)) {
        state |= PSR_PAN;
    }
    if (id_field(id_register(4, 1), 4) != 0 && (sctlr & SCTLR_DSSBS)) {
        state |= PSR_SSBS;
    }
    return psr_build(true, state);
}

/* Vector offsets: Arm ARM D1.4.1. */
static void take(struct vcpu *vcpu, uint64_t esr)
{
    struct frame *frame = &vcpu->thread.frame;
    uint64_t mode = frame->psr & PSR_MODE;
    uint64_t offset = mode == 0 ? 0x400 : mode == PSR_EL1H ? 0x200 : 0;
    LAZY_WRITE(vcpu, elr_el1, frame->pc);
    LAZY_WRITE(vcpu, spsr_el1, frame->psr);
    LAZY_WRITE(vcpu, esr_el1, esr);
    frame->psr = entry_state(vcpu);
    frame->pc = LAZY_READ(vcpu, vbar_el1) + offset;
}

void guest_inject_undefined(struct vcpu *vcpu)
{
    take(vcpu, (uint64_t)EC_UNKNOWN << CLASS_SHIFT | ESR_IL);
}

bool arch_abort_fits(const struct vcpu *vcpu)
{
    enum exception_class class = esr_class(vcpu->arch.exit_syndrome);
    return class == EC_DATA_ABORT || class == EC_INSTRUCTION_ABORT;
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
    LAZY_WRITE(vcpu, far_el1, vcpu->arch.exit_address);
    take(vcpu, class << CLASS_SHIFT | esr);
}

uint64_t arch_vcpu_register(const struct vcpu *vcpu, uint64_t index)
{
    switch (index) {
    case BH_REG_SCTLR:
        return EAGER_READ(vcpu, sctlr_el1);
    case BH_REG_TCR:
        return EAGER_READ(vcpu, tcr_el1);
    case BH_REG_TTBR0:
        return LAZY_READ(vcpu, ttbr0_el1);
    case BH_REG_TTBR1:
        return LAZY_READ(vcpu, ttbr1_el1);
    default:
        return 0;
    }
}
