/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what a synchronous exception from below means; the message path's svc never gets here. */
#include "exception.h"

#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "world.h"

/* An abort whose address is valid is in HPFAR only for translation and access flag faults. */
static bool hpfar_valid(uint64_t esr)
{
    uint64_t kind = ABORT_DFSC(esr) & DFSC_KIND;
    return (esr & ABORT_S1PTW) || kind == DFSC_TRANSLATION || kind == DFSC_ACCESS_FLAG;
}

/* What EL1 would translate an address to; PAR_EL1 is the guest's. */
static COLD uint64_t translate(uint64_t address)
{
    uint64_t par = sysreg_read(par_el1);
    at_s1e1r(address);
    isb();
    uint64_t result = sysreg_read(par_el1);
    sysreg_write(par_el1, par);
    return result & 1 ? BH_NO_IPA
                      : (result & UINT64_C(0xfffffffff000)) | (address & (PAGE_SIZE - 1));
}

static COLD enum bh_fault abort_kind(uint64_t esr)
{
    if (ABORT_DFSC(esr) < DFSC_EXTERNAL) { /* size, translation, access flag, permission */
        return BH_FAULT_MEMORY;
    }
    return ABORT_DFSC(esr) == DFSC_ALIGNMENT ? BH_FAULT_ALIGNMENT : BH_FAULT_EXTERNAL;
}

/* Page of an abort in the cell's space. A native thread's address is its IPA, all 64 bits of it:
 * HPFAR_EL2 may have fewer. */
static COLD uint64_t fault_ipa(const struct thread *thread, uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2);
    uint64_t address = BH_NO_IPA;
    if (!thread->is_vcpu) {
        bool inside = abort_kind(esr) == BH_FAULT_MEMORY && far >> IPA_BITS == 0;
        address = inside ? far : BH_NO_IPA;
    } else if (hpfar_valid(esr)) {
        address = abort_ipa(far);
    } else if ((ABORT_DFSC(esr) & DFSC_KIND) == DFSC_PERMISSION) {
        address = translate(far);
    }
    return address == BH_NO_IPA ? BH_NO_IPA : address & ~(PAGE_SIZE - 1);
}

COLD struct resume fault_send(struct thread *current, struct cpu *cpu, enum bh_fault kind,
                              uint64_t page)
{
    uint64_t esr = sysreg_read(esr_el2) & UINT32_MAX;
    bool has_address = is_abort(esr) || esr_class(esr) == EC_PC_ALIGNMENT;
    uint64_t address = has_address ? sysreg_read(far_el2) : 0;
    if (current->is_vcpu) {
        bool refused = kind == BH_FAULT_MEMORY || kind == BH_FAULT_EXTERNAL;
        vcpu_of(current)->arch.exit_syndrome = refused ? (uint32_t)esr : 0;
        vcpu_of(current)->arch.exit_address = address;
    }
    cpu->words[0] = kind;
    cpu->words[1] = esr;
    cpu->words[2] = address;
    cpu->words[3] = page;
    cpu->words[4] = current->frame.pc;
    cpu->words[5] = current->frame.sp;
    cpu->words[6] = current->frame.x[30];
    cpu->words[7] = current->frame.psr;
    return entry_fault(current, cpu);
}

struct resume exception_aarch32(struct thread *current, struct cpu *cpu)
{
    return fault_send(current, cpu, BH_FAULT_AARCH32, BH_NO_IPA);
}

struct resume exception_serror(struct thread *current, struct cpu *cpu)
{
    return fault_send(current, cpu, BH_FAULT_EXTERNAL, BH_NO_IPA);
}

static enum bh_fault class_kind(uint64_t esr)
{
    static const uint8_t kinds[64] = {
        [EC_UNKNOWN] = BH_FAULT_UNDEFINED + 1,
        [EC_WFX] = BH_FAULT_UNDEFINED + 1,
        [EC_FP] = BH_FAULT_FP + 1,
        [EC_PAUTH] = BH_FAULT_UNDEFINED + 1,
        [EC_LS64] = BH_FAULT_UNDEFINED + 1,
        [EC_SYSREG] = BH_FAULT_UNDEFINED + 1,
        [EC_SVE] = BH_FAULT_UNDEFINED + 1,
        [EC_SME] = BH_FAULT_UNDEFINED + 1,
        [EC_PC_ALIGNMENT] = BH_FAULT_ALIGNMENT + 1,
        [EC_SP_ALIGNMENT] = BH_FAULT_ALIGNMENT + 1,
        [EC_BRK] = BH_FAULT_BREAK + 1,
    };
    uint8_t kind = kinds[esr_class(esr)];
    return kind == 0 ? BH_FAULT_OTHER : (enum bh_fault)(kind - 1);
}

static COLD struct resume fault(struct thread *current, struct cpu *cpu, uint64_t esr)
{
    if (is_abort(esr)) {
        return fault_send(current, cpu, abort_kind(esr), fault_ipa(current, esr));
    }
    return fault_send(current, cpu, class_kind(esr), BH_NO_IPA);
}

struct resume guest_access(struct vcpu *vcpu, struct cpu *cpu, uint64_t esr)
{
    struct thread *thread = &vcpu->thread;
    uint64_t far = sysreg_read(far_el2);
    uint64_t bytes = UINT64_C(1) << ABORT_SIZE(esr);
    uint64_t value = 0, kind = esr & ABORT_WRITE ? BH_EXIT_WRITE : BH_EXIT_READ;
    if (unlikely(!(esr & ABORT_ISV))) {
        kind = BH_EXIT_ACCESS;
        bytes = 0;
    } else if (esr & ABORT_WRITE) {
        uint64_t index = ABORT_REGISTER(esr);
        value = index == 31 ? 0 : thread->frame.x[index];
        value &= ~UINT64_C(0) >> (64 - 8 * bytes);
    }
    vcpu->arch.exit_syndrome = (uint32_t)esr;
    vcpu->arch.exit_address = far;
    cpu->words[0] = kind;
    cpu->words[1] = abort_ipa(far);
    cpu->words[2] = bytes;
    cpu->words[3] = value;
    cpu->words[4] = thread->frame.pc;
    cpu->words[5] = far;
    cpu->words[6] = esr & UINT32_MAX;
    cpu->words[7] = thread->frame.psr;
    return entry_exit(thread, cpu);
}

static COLD struct resume sync_rare(struct thread *current, struct cpu *cpu, uint64_t esr)
{
    if (current->frame.psr & PSR_AARCH32) {
        return exception_aarch32(current, cpu);
    }
    if (esr_class(esr) == EC_FP && fp_take(cpu, current)) {
        return sched_resume(cpu);
    }
    if (current->is_vcpu && esr_class(esr) == EC_DATA_ABORT &&
        (ABORT_DFSC(esr) & DFSC_KIND) == DFSC_TRANSLATION && !(esr & ABORT_S1PTW)) {
        return guest_sync(vcpu_of(current), cpu, esr);
    }
    return fault(current, cpu, esr);
}

/* Emulated devices first: this path needs no stack. */
struct resume exception_sync(struct thread *current, struct cpu *cpu)
{
    const uint64_t access =
        UINT64_C(0x3f) << 26 | ABORT_ISV | ABORT_CACHE | ABORT_S1PTW | DFSC_KIND;
    uint64_t esr = sysreg_read(esr_el2);
    bool plain = (esr & access) == ((uint64_t)EC_DATA_ABORT << 26 | ABORT_ISV | DFSC_TRANSLATION);
    if (likely(current->is_vcpu && !(current->frame.psr & PSR_AARCH32))) {
        if (likely(plain)) {
            return guest_access(vcpu_of(current), cpu, esr);
        }
        if (!is_abort(esr) && esr_class(esr) != EC_FP) {
            return guest_sync(vcpu_of(current), cpu, esr);
        }
    }
    return sync_rare(current, cpu, esr);
}

void exception_kernel(uint64_t vector)
{
    log_values("\nbh: exception by vector 0x%: syndrome 0x%, pc 0x%, address 0x%, state 0x%",
               (uint64_t[]){vector, sysreg_read(esr_el2), sysreg_read(elr_el2),
                            sysreg_read(far_el2), sysreg_read(spsr_el2)});
    panic("exception at EL2", "exception.c", 0);
}
