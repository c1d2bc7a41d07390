/* SPDX-License-Identifier: Apache-2.0 */
/* What entry.S calls, and how its parts reach each other. */
#pragma once

#include "arch_fast.h"
#include "kernel/core/psr.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/vcpu.h"

/* From the vectors: the current thread's frame is complete, interrupts are masked. From
 * AArch32 only SErrors come here. */
struct resume exception_sync(struct thread *current, struct cpu *cpu);
struct resume exception_irq(struct cpu *cpu);
struct resume exception_serror(struct thread *current, struct cpu *cpu);
/* What must not happen: an exception by one of the vectors of EL2 itself, or of AArch32. */
NORETURN void exception_kernel(uint64_t vector);

/* A vCPU that runs AArch32 at EL0 (SPSR.M[4]): it is stopped by a fault. */
struct resume exception_aarch32(struct thread *current, struct cpu *cpu);

/* Any exception of a vCPU but an abort or a trapped register. */
struct resume guest_sync(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr);
/* Give the guest's EL1 an Undefined Instruction exception; the vCPU is the current one. */
void guest_inject_undefined(struct vcpu *vcpu);
/* Send the fault of the current thread to its handler; page of the access in the cell's space,
 * or BH_NO_IPA. */
struct resume fault_send(struct thread *current, struct cpu *cpu, enum bh_fault kind,
                         uint64_t page);

/* A trapped system register or system instruction (EC 0x18) of the current vCPU. */
struct resume sysreg_trap(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr);
extern uint64_t id_values[];
/* The value of an ID register (op0 3, op1 0, crn 0) as guests see it. */
uint64_t id_register(unsigned crm, unsigned op2);
void id_registers_init(void);
/* This core has all that they say. */
bool id_registers_fit(void);

/* Syndrome of EC 0x18: Op0 21:20, Op2 19:17, Op1 16:14, CRn 13:10, Rt 9:5, CRm 4:1, read 0. */
#define KEY(op0, op1, crn, crm, op2) \
    ((op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (crm) << 1)

/* Syndrome of an abort (Arm ARM D19.2.37, ISS of instruction and data aborts). */
#define ABORT_ISV           (UINT64_C(1) << 24)
#define ABORT_SIZE(esr)     ((esr) >> 22 & 3)
#define ABORT_SIGN          (UINT64_C(1) << 21)
#define ABORT_REGISTER(esr) ((esr) >> 16 & 31)
#define ABORT_64BIT         (UINT64_C(1) << 15)
#define ABORT_CACHE         (UINT64_C(1) << 8)
#define ABORT_S1PTW         (UINT64_C(1) << 7)
#define ABORT_WRITE         (UINT64_C(1) << 6)
#define ABORT_DFSC(esr)     ((esr)&63)
#define DFSC_KIND           0x3cu
#define DFSC_TRANSLATION    0x04u
#define DFSC_ACCESS_FLAG    0x08u
#define DFSC_PERMISSION     0x0cu
#define DFSC_EXTERNAL       0x10u
#define DFSC_ALIGNMENT      0x21u

static_assert((EC_DATA_ABORT ^ EC_INSTRUCTION_ABORT) == 4, "they differ in one bit");
static ALWAYS_INLINE bool is_abort(uint64_t esr)
{
    return ((uint32_t)esr >> 26 & ~UINT32_C(4)) == EC_INSTRUCTION_ABORT;
}

/* IPA of a stage-2 translation fault; HPFAR_EL2 is UNKNOWN for every other class. */
static ALWAYS_INLINE uint64_t abort_ipa(uint64_t far)
{
    return (sysreg_read(hpfar_el2) & UINT64_C(0xfffffffff0)) << 8 | (far & (PAGE_SIZE - 1));
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

/* arch_exit_complete(): of a load one word is its answer, of a firmware call four. */
static ALWAYS_INLINE void exit_complete(struct vcpu *vcpu, const uint64_t words[8])
{
    uint64_t *x = vcpu->thread.frame.x, esr = vcpu->arch.exit_syndrome;
    vcpu->thread.frame.pc += INSTRUCTION_BYTES;
    if (likely(esr_class(esr) == EC_DATA_ABORT)) {
        uint64_t index = ABORT_REGISTER(esr);
        if ((esr & (ABORT_ISV | ABORT_WRITE)) == ABORT_ISV && index != 31) {
            x[index] = load_extend(words[0], esr);
        }
    } else {
        uint64_t result[] = {words[0], words[1], words[2], words[3]};
        x[0] = result[0], x[1] = result[1], x[2] = result[2], x[3] = result[3];
    }
}
