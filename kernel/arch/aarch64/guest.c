/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what a vCPU's exceptions other than plain device accesses mean, and how an exit is
 * completed. */
#include "barrier.h"
#include "exception.h"
#include "kernel/arch/arch.h"
#include "timer.h"

#define ISS_IMMEDIATE UINT64_C(0xffff)
#define HVC_SMCCC     0

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
    return entry_event(&vcpu->thread, cpu, BH_EVENT_EXIT);
}

NOINLINE struct resume guest_sync(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr)
{
    enum exception_class class = esr_class(esr);
    if (class == EC_WFX) {
        return guest_wfi(vcpu, cpu);
    }
    if (class == EC_HVC) { /* it returns behind itself; an exit's pc is at it. hvc #1: entry.S */
        vcpu->thread.frame.pc -= INSTRUCTION_BYTES;
    }
    if ((class == EC_HVC || class == EC_SMC) && (esr & ISS_IMMEDIATE) == HVC_SMCCC) {
        return guest_smccc(vcpu, cpu, esr);
    }
    guest_inject_undefined(vcpu);
    return sched_resume(cpu);
}

void arch_exit_complete(struct vcpu *vcpu, const uint64_t words[8])
{
    exit_complete(vcpu, words);
}
