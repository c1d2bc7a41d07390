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

/* The page that EL1 would translate an address to; PAR_EL1 is the guest's. */
static COLD uint64_t translate(uint64_t address)
{
    uint64_t par = sysreg_read(par_el1);
    at_s1e1r(address);
    isb();
    uint64_t result = sysreg_read(par_el1);
    sysreg_write(par_el1, par);
    return result & 1 ? BH_NO_IPA : result & UINT64_C(0xfffffffff000);
}

/* Below EXTERNAL: size, translation, access flag, permission. */
static ALWAYS_INLINE enum bh_fault abort_kind(uint64_t esr)
{
    enum bh_fault other =
        ABORT_DFSC(esr) == DFSC_ALIGNMENT ? BH_FAULT_ALIGNMENT : BH_FAULT_EXTERNAL;
    return ABORT_DFSC(esr) < DFSC_EXTERNAL ? BH_FAULT_MEMORY : other;
}

/* Page of a guest's abort in the cell's space. */
static COLD uint64_t guest_page(uint64_t esr)
{
    if (hpfar_valid(esr)) {
        return abort_ipa(0);
    }
    bool permission = (ABORT_DFSC(esr) & DFSC_KIND) == DFSC_PERMISSION;
    return permission ? translate(sysreg_read(far_el2)) : BH_NO_IPA;
}

NOINLINE struct resume fault_send(struct thread *current, struct cpu *cpu, enum bh_fault kind,
                                  uint64_t page)
{
    const struct frame *frame = &current->frame;
    uint64_t *words = cpu->words;
    uint64_t esr = sysreg_read(esr_el2) & UINT32_MAX;
    uint64_t lr = frame->x[30], sp = frame->sp, pc = frame->pc, psr = frame->psr, address = 0;
    if (is_abort(esr) || esr_class(esr) == EC_PC_ALIGNMENT) {
        address = sysreg_read(far_el2);
    }
    if (current->is_vcpu) {
        bool refused = kind == BH_FAULT_MEMORY || kind == BH_FAULT_EXTERNAL;
        vcpu_of(current)->arch.exit_syndrome = refused ? (uint32_t)esr : 0;
        vcpu_of(current)->arch.exit_address = address;
    }
    IN_REGISTER(words);
    words[0] = kind;
    words[1] = esr;
    words[2] = address;
    words[3] = page;
    words[4] = pc;
    words[5] = sp;
    words[6] = lr;
    words[7] = psr;
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
    static const uint8_t kinds[64] = {[EC_UNKNOWN] = BH_FAULT_UNDEFINED + 1,
                                      [EC_WFX] = BH_FAULT_UNDEFINED + 1,
                                      [EC_FP] = BH_FAULT_FP + 1,
                                      [EC_PAUTH] = BH_FAULT_UNDEFINED + 1,
                                      [EC_LS64] = BH_FAULT_UNDEFINED + 1,
                                      [EC_SYSREG] = BH_FAULT_UNDEFINED + 1,
                                      [EC_SVE] = BH_FAULT_UNDEFINED + 1,
                                      [EC_SME] = BH_FAULT_UNDEFINED + 1,
                                      [EC_PC_ALIGNMENT] = BH_FAULT_ALIGNMENT + 1,
                                      [EC_SP_ALIGNMENT] = BH_FAULT_ALIGNMENT + 1,
                                      [EC_BRK] = BH_FAULT_BREAK + 1};
    uint8_t kind = kinds[esr_class(esr)];
    return kind == 0 ? BH_FAULT_OTHER : (enum bh_fault)(kind - 1);
}

static COLD struct resume sync_fp(struct thread *current, struct cpu *cpu)
{
    return fp_take(cpu, current) ? sched_resume(cpu)
                                 : fault_send(current, cpu, BH_FAULT_FP, BH_NO_IPA);
}

static COLD struct resume native_other(struct thread *current, struct cpu *cpu, uint64_t esr)
{
    enum bh_fault kind = is_abort(esr) ? abort_kind(esr) : class_kind(esr);
    return fault_send(current, cpu, kind, BH_NO_IPA);
}

/* A native thread's address is its IPA, all 64 bits of it: HPFAR_EL2 may have fewer. */
static NOINLINE struct resume sync_native(struct thread *current, struct cpu *cpu, uint64_t esr)
{
    if (is_abort(esr) && abort_kind(esr) == BH_FAULT_MEMORY) {
        uint64_t far = sysreg_read(far_el2);
        uint64_t page = far >> IPA_BITS == 0 ? far & ~(PAGE_SIZE - 1) : BH_NO_IPA;
        return fault_send(current, cpu, BH_FAULT_MEMORY, page);
    }
    return esr_class(esr) == EC_FP ? sync_fp(current, cpu) : native_other(current, cpu, esr);
}

/* An access of a guest where nothing is mapped; the first of the words say what its syndrome tells.
 */
static ALWAYS_INLINE void access_put(struct thread *thread, uint64_t *words, uint64_t esr)
{
    uint64_t far = sysreg_read(far_el2), pc = thread->frame.pc, psr = thread->frame.psr;
    vcpu_of(thread)->arch.exit_syndrome = (uint32_t)esr;
    vcpu_of(thread)->arch.exit_address = far;
    words[1] = abort_ipa(far);
    words[4] = pc;
    words[5] = far;
    words[6] = esr & UINT32_MAX;
    words[7] = psr;
}

/* Without a syndrome the vmm decodes the instruction. Cache maintenance of an address without
 * memory does nothing. */
static struct resume access_rare(struct thread *thread, struct cpu *cpu, uint64_t esr)
{
    if (esr & ABORT_CACHE) {
        thread->frame.pc += INSTRUCTION_BYTES;
        return sched_resume(cpu);
    }
    cpu->words[0] = BH_EXIT_ACCESS;
    cpu->words[2] = cpu->words[3] = 0;
    access_put(thread, cpu->words, esr);
    return entry_event(thread, cpu, BH_EVENT_EXIT);
}

static COLD struct resume sync_rare(struct thread *current, struct cpu *cpu, uint64_t esr)
{
    if (esr_class(esr) == EC_FP) {
        return sync_fp(current, cpu);
    }
    if (esr_class(esr) == EC_DATA_ABORT && (ABORT_DFSC(esr) & DFSC_KIND) == DFSC_TRANSLATION &&
        !(esr & ABORT_S1PTW)) {
        return access_rare(current, cpu, esr);
    }
    return fault_send(current, cpu, abort_kind(esr), guest_page(esr));
}

/* What is stored, without bits that are not. */
static ALWAYS_INLINE uint64_t store_value(const struct thread *thread, uint64_t esr)
{
    unsigned unused = -(8u << ABORT_SIZE(esr)) & 63;
    uint64_t index = ABORT_REGISTER(esr);
    return index == 31 ? 0 : thread->frame.x[index] << unused >> unused;
}

/* Emulated devices first: this path needs no stack. */
struct resume exception_sync(struct thread *current, struct cpu *cpu)
{
    const uint64_t access =
        UINT64_C(0x3f) << 26 | ABORT_ISV | ABORT_CACHE | ABORT_S1PTW | DFSC_KIND;
    uint64_t esr = sysreg_read(esr_el2);
    if (unlikely(!current->is_vcpu)) {
        return sync_native(current, cpu, esr);
    }
    if (likely((esr & access) == ((uint64_t)EC_DATA_ABORT << 26 | ABORT_ISV | DFSC_TRANSLATION))) {
        uint64_t *words = cpu->words, value = esr & ABORT_WRITE ? store_value(current, esr) : 0;
        IN_REGISTER(words);
        words[0] = esr & ABORT_WRITE ? BH_EXIT_WRITE : BH_EXIT_READ;
        words[2] = UINT64_C(1) << ABORT_SIZE(esr);
        words[3] = value;
        access_put(current, words, esr);
        return entry_event(current, cpu, BH_EVENT_EXIT);
    }
    if (esr_class(esr) == EC_SYSREG) {
        return sysreg_trap(vcpu_of(current), cpu, esr);
    }
    return is_abort(esr) || esr_class(esr) == EC_FP ? sync_rare(current, cpu, esr)
                                                    : guest_sync(vcpu_of(current), cpu, esr);
}

void exception_kernel(uint64_t vector)
{
    log_values("\nbh: exception by vector 0x%: syndrome 0x%, pc 0x%, address 0x%, state 0x%",
               (uint64_t[]){vector, sysreg_read(esr_el2), sysreg_read(elr_el2),
                            sysreg_read(far_el2), sysreg_read(spsr_el2)});
    panic("exception at EL2");
}
