/* SPDX-License-Identifier: Apache-2.0 */
/* What entry.S calls, and how its parts reach each other. */
#pragma once

#include "arch_fast.h"
#include "kernel/core/psr.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/vcpu.h"

/* From the vectors: the current thread's frame is complete, interrupts are masked. */
struct resume exception_sync(struct thread *current, struct cpu *cpu);
struct resume exception_irq(struct thread *current, struct cpu *cpu);
struct resume exception_serror(struct thread *current, struct cpu *cpu);
/* What must not happen: an exception by one of the vectors of EL2 itself, or of AArch32. */
NORETURN void exception_kernel(uint64_t vector);

/* A vCPU that runs AArch32 at EL0 (SPSR.M[4]): it is stopped by a fault. */
struct resume exception_aarch32(struct thread *current, struct cpu *cpu);

/* A load or store of a guest where nothing is mapped. Without a syndrome of it the vmm decodes the
 * instruction. */
struct resume guest_access(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr);
/* Any exception of a vCPU but the data abort that makes an exit. */
struct resume guest_sync(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr);
/* Give the guest's EL1 an Undefined Instruction exception; the vCPU is the current one. */
void guest_inject_undefined(struct vcpu *vcpu);
/* Send the fault of the current thread to its handler; page of the access in the cell's space,
 * or BH_NO_IPA. */
struct resume fault_send(struct thread *current, struct cpu *cpu, enum bh_fault kind,
                         uint64_t page);

/* A trapped system register or system instruction (EC 0x18) of the current vCPU. */
struct resume sysreg_trap(struct vcpu *vcpu, uint64_t esr);
/* The value of an ID register (op0 3, op1 0, crn 0) as guests see it. */
uint64_t id_register(unsigned crm, unsigned op2);
void id_registers_init(void);
/* This core has all that they say. */
bool id_registers_fit(void);

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

static inline bool is_abort(uint64_t esr)
{
    return esr_class(esr) == EC_DATA_ABORT || esr_class(esr) == EC_INSTRUCTION_ABORT;
}

/* IPA of a stage-2 translation fault; HPFAR_EL2 is UNKNOWN for every other class. */
static ALWAYS_INLINE uint64_t abort_ipa(uint64_t far)
{
    return (sysreg_read(hpfar_el2) & UINT64_C(0xfffffffff0)) << 8 | (far & (PAGE_SIZE - 1));
}
