/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what a vCPU's exceptions other than plain device accesses mean, and how an exit is
 * completed. */
#include "barrier.h"
#include "exception.h"
#include "kernel/arch/arch.h"
#include "timer.h"

#define ISS_IMMEDIATE UINT64_C(0xffff)
#define HVC_SMCCC     0
#define SMCCC_RESULTS 4

static struct resume guest_wfi(struct vcpu *vcpu, struct cpu *cpu)
{
    vcpu->thread.frame.pc += INSTRUCTION_BYTES;
    if (arch_virq_deliverable(vcpu)) {
        return sched_resume(cpu);
    }
    vcpu_idle(vcpu, arch_vcpu_deadline(vcpu));
    return sched_next(cpu);
}

/* Firmware call: x1..x7 of the message are the guest's x0..x6. */
static struct resume guest_smccc(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr)
{
    vcpu->arch.exit_syndrome = (uint32_t)esr;
    cpu->words[0] = BH_EXIT_SMCCC;
    /* bound: 8 words */
    for (unsigned i = 1; i < BH_MESSAGE_WORDS; i++) {
        cpu->words[i] = vcpu->thread.frame.x[i - 1];
    }
    return entry_exit(&vcpu->thread, cpu);
}

/* hvc returns behind itself; an exit's pc is at it. hvc #1 is a call: entry.S. */
static struct resume guest_hvc(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr)
{
    vcpu->thread.frame.pc -= INSTRUCTION_BYTES;
    if ((esr & ISS_IMMEDIATE) == HVC_SMCCC) {
        return guest_smccc(vcpu, cpu, esr);
    }
    guest_inject_undefined(vcpu);
    return sched_resume(cpu);
}

/* Cache maintenance of an address without memory does nothing. */
static struct resume guest_abort(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr)
{
    if (esr & ABORT_CACHE) {
        vcpu->thread.frame.pc += INSTRUCTION_BYTES;
        return sched_resume(cpu);
    }
    return guest_access(vcpu, cpu, esr);
}

struct resume guest_sync(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr)
{
    enum exception_class class = esr_class(esr);
    if (class == EC_SYSREG) {
        return sysreg_trap(vcpu, esr);
    }
    if (class == EC_WFX) {
        return guest_wfi(vcpu, cpu);
    }
    if (class == EC_HVC) {
        return guest_hvc(vcpu, cpu, esr);
    }
    if (class == EC_SMC && (esr & ISS_IMMEDIATE) == HVC_SMCCC) {
        return guest_smccc(vcpu, cpu, esr);
    }
    if (class == EC_DATA_ABORT) {
        return guest_abort(vcpu, cpu, esr);
    }
    guest_inject_undefined(vcpu);
    return sched_resume(cpu);
}

/* The value of a completed load as its register gets it (Arm ARM: LDR, LDRS*, SF and SSE of the
 * syndrome). */
static ALWAYS_INLINE uint64_t load_extend(uint64_t value, uint64_t esr)
{
    unsigned unused = -(8u << ABORT_SIZE(esr)) & 63;
    value <<= unused;
    if (unlikely(esr & ABORT_SIGN)) {
        value = (uint64_t)((int64_t)value >> unused);
        return esr & ABORT_64BIT ? value : value & UINT32_MAX;
    }
    return value >> unused;
}

void arch_exit_complete(struct vcpu *vcpu, const uint64_t words[8])
{
    struct frame *frame = &vcpu->thread.frame;
    uint64_t esr = vcpu->arch.exit_syndrome;
    frame->pc += INSTRUCTION_BYTES;
    if (likely(esr_class(esr) == EC_DATA_ABORT)) {
        uint64_t index = ABORT_REGISTER(esr);
        if ((esr & (ABORT_ISV | ABORT_WRITE)) == ABORT_ISV && index != 31) {
            frame->x[index] = load_extend(words[0], esr);
        }
        return;
    }
    /* bound: 4 results */
    for (unsigned i = 0; i < SMCCC_RESULTS; i++) {
        frame->x[i] = words[i];
    }
}
