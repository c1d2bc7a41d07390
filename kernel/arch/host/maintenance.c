/* SPDX-License-Identifier: Apache-2.0 */
/* Knows when a barrier completes what, and the orders that must be kept: a store to a table, DSB,
 * TLBI, DSB (Arm ARM D8.13, D8.14); HCR_EL2.TGE, ISB, VTTBR_EL2 (DESIGN rule 27). */
#include "kernel/arch/host/maintenance.h"

#include <string.h>

#include "arch_fast.h"
#include "kernel/arch/host/cache.h"
#include "kernel/arch/host/host.h"

#define WORK_MOST  16
#define VMID_SHIFT 48
#define HCR_TGE    (UINT64_C(1) << 27)
#define VALID      UINT64_C(1)
#define OUTPUT     (((UINT64_C(1) << 48) - 1) & ~(PAGE_SIZE - 1))
#define CTR        (UINT64_C(7) << 16) /* lines of 512 bytes */
#define DCZID      UINT64_C(7)         /* blocks of 512 bytes */

static_assert(CACHE_LINE_BYTES == 4 << 7, "CTR, DCZID");

struct work {
    enum host_tlbi kind;
    uint16_t vmid;
    uint64_t operand;
};

/* What a core has begun and not completed. */
static struct progress {
    struct work begun[WORK_MOST];
    unsigned count;
    uint64_t zeroed;      /* a page that nobody has seen yet as it is, 0: none */
    bool stores_hidden;   /* it wrote tables; nobody has seen that yet */
    bool registers_stale; /* it wrote a register that does not act yet */
    bool context_stale;   /* its own translation has changed, but not for what it executes now */
    bool cleaning;        /* lines are on their way to memory */
    bool forgetting;      /* instructions are being invalidated on other cores */
    uint64_t seen;        /* the window's descriptor, as of the last barrier */
    uint64_t cached;      /* the window's descriptor in the core's TLB, 0: it is not there */
} cores[HOST_CORES];

static struct progress *progress_this(void)
{
    return &cores[host_cpu->id];
}

static struct host_core *core_this(void)
{
    return &host.cores[host_cpu->id];
}

void maintenance_reset(void)
{
    memset(cores, 0, sizeof cores);
}

/* ---- registers ---- */

/* Walks of a guest's stage 1 may be tagged with VTTBR_EL2's VMID at any time while TGE is 0. */
static void translation_inspect(void)
{
    const struct host_core *core = core_this();
    const struct vcpu *owner = core->cpu.el1_owner;
    if (!core->tge && (!owner || owner->thread.cell->vttbr != core->vttbr)) {
        host_violation("VTTBR_EL2 is not that of the owner of EL1 while TGE is 0", core->vttbr);
    }
}

uint64_t host_register_read(const char *name)
{
    const struct host_core *core = core_this();
    if (strcmp(name, "vttbr_el2") == 0) {
        return core->vttbr;
    }
    if (strcmp(name, "hcr_el2") == 0) {
        return core->tge ? HCR_TGE : 0;
    }
    if (strcmp(name, "ctr_el0") == 0) {
        return CTR;
    }
    if (strcmp(name, "dczid_el0") == 0) {
        return DCZID;
    }
    if (strcmp(name, "tpidr_el2") == 0) {
        return (uint64_t)(uintptr_t)host_cpu;
    }
    host_violation(name, 0);
}

void host_register_write(const char *name, uint64_t value)
{
    struct host_core *core = core_this();
    struct progress *p = progress_this();
    if (p->registers_stale) {
        host_violation("HCR_EL2 and VTTBR_EL2 are written without an ISB in between", value);
    }
    if (strcmp(name, "vttbr_el2") == 0) {
        core->vttbr = value;
    } else if (strcmp(name, "hcr_el2") == 0) {
        core->tge = (value & HCR_TGE) != 0;
    } else {
        host_violation(name, value);
    }
    p->registers_stale = true;
    translation_inspect();
}

/* ---- TLBs ---- */

static void work_do(const struct work *work)
{
    switch (work->kind) {
    case TLBI_ADDRESS:
        mmu_drop_address(MMU_ALL_CORES, work->vmid, work->operand << PAGE_SHIFT);
        break;
    case TLBI_STAGE1:
        mmu_drop_stage1(MMU_ALL_CORES, work->vmid);
        break;
    case TLBI_STAGE1_LOCAL:
        mmu_drop_stage1(host_cpu->id, work->vmid);
        break;
    case TLBI_VMID:
        mmu_drop_vmid(MMU_ALL_CORES, work->vmid);
        break;
    case TLBI_KERNEL:
        if (work->operand == window_address() >> PAGE_SHIFT) {
            progress_this()->cached = 0;
            progress_this()->context_stale = true;
        }
        break;
    case TLBI_EVERYTHING_EL2:
        break;
    }
}

static bool is_local(enum host_tlbi kind)
{
    return kind == TLBI_STAGE1_LOCAL || kind == TLBI_KERNEL;
}

/* Operations without a barrier between them may take effect in any order: here, the last one
 * first. */
static void work_complete(bool all)
{
    struct progress *p = progress_this();
    unsigned kept = 0;
    for (unsigned i = p->count; i-- > 0;) {
        if (all || is_local(p->begun[i].kind)) {
            work_do(&p->begun[i]);
            mmu_combine();
            p->begun[i].kind = TLBI_EVERYTHING_EL2; /* nothing is left of it */
        }
    }
    for (unsigned i = 0; i < p->count; i++) {
        if (p->begun[i].kind != TLBI_EVERYTHING_EL2) {
            p->begun[kept++] = p->begun[i];
        }
    }
    p->count = kept;
}

void host_tlbi(enum host_tlbi kind, uint64_t operand)
{
    struct progress *p = progress_this();
    const struct host_core *core = core_this();
    bool hidden = kind == TLBI_KERNEL ? *window_entry() != p->seen : p->stores_hidden;
    if (hidden) {
        host_violation("a TLB is invalidated before the walkers see the table's change (DSB)",
                       operand);
    }
    if (kind != TLBI_KERNEL && p->registers_stale) {
        host_violation("a TLBI may act on the VMID of another cell (ISB)", core->vttbr);
    }
    if (p->count == WORK_MOST) {
        host_violation("too many TLB invalidations without a barrier", p->count);
    }
    p->begun[p->count++] = (struct work){kind, (uint16_t)(core->vttbr >> VMID_SHIFT), operand};
}

/* ---- caches ---- */

static uint64_t window_see(uint64_t address)
{
    struct progress *p = progress_this();
    if (address - window_address() >= PAGE_SIZE) {
        host_violation("cache maintenance of an address outside the window", address);
    }
    if (p->stores_hidden || p->context_stale || !(p->seen & VALID)) {
        host_violation("the window is used before the core sees what it shows (DSB, ISB)", address);
    }
    if (!p->cached) {
        p->cached = p->seen;
    }
    return (p->cached & OUTPUT) + (address - window_address());
}

void host_dc(enum host_dc kind, uint64_t address)
{
    uint64_t physical = window_see(address);
    if (!cache_covers(physical)) {
        if (kind == DC_ZERO) {
            memset(arch_pointer((paddr){physical}), 0, CACHE_LINE_BYTES);
        }
    } else if (kind == DC_ZERO) {
        cache_zero(physical);
    } else {
        cache_clean(physical);
        cache_fill(physical); /* it may be fetched again at once */
    }
    progress_this()->cleaning = true;
}

void host_ic(bool all_cores)
{
    if (progress_this()->cleaning) {
        host_violation("instructions are invalidated before the data is in memory (DSB)", 0);
    }
    for (unsigned core = 0; core < HOST_CORES; core++) {
        if (all_cores || core == host_cpu->id) {
            cache_forget_instructions(core);
        }
    }
    progress_this()->forgetting = true;
}

/* ---- barriers ---- */

/* Free memory is zeroed under the lock that this core has taken since: what it stores from now on
 * comes after that for all observers (Arm ARM B2.3, ordered-before: release, acquire). */
static void zeroed_by_others(void)
{
    for (unsigned core = 0; core < HOST_CORES; core++) {
        if (!walk_reaches(cores[core].zeroed)) {
            cores[core].zeroed = 0;
        }
    }
}

void host_barrier(enum host_barrier kind)
{
    struct progress *p = progress_this();
    if (kind == BARRIER_ISB) {
        p->registers_stale = p->context_stale = false;
        return;
    }
    if (p->zeroed && p->stores_hidden && walk_reaches(p->zeroed)) {
        host_violation("a walk may find what was in a table before it was zeroed (DSB)", p->zeroed);
    }
    p->zeroed = 0;
    zeroed_by_others();
    p->stores_hidden = false;
    p->context_stale = p->context_stale || p->seen != *window_entry();
    p->seen = *window_entry();
    if (kind != BARRIER_STORES) {
        work_complete(kind != BARRIER_LOCAL);
        p->forgetting = p->forgetting && kind == BARRIER_LOCAL;
        p->cleaning = p->cleaning && kind != BARRIER_SYSTEM;
    }
    host_speculate();
}

/* What another core wrote there before, and never waited for, is overwritten. */
void maintenance_zeroed(uint64_t page)
{
    for (unsigned core = 0; core < HOST_CORES; core++) {
        cores[core].zeroed = cores[core].zeroed == page ? 0 : cores[core].zeroed;
    }
    progress_this()->zeroed = page;
}

void maintenance_begin(void)
{
    progress_this()->stores_hidden = true;
    host_cpu->arch.window = window_address();
}

void maintenance_end(void)
{
    const struct progress *p = progress_this();
    const char *open = p->count != 0        ? "a TLB invalidation is not waited for (DSB)"
                       : p->stores_hidden   ? "a change of a table is not published (DSB)"
                       : p->registers_stale ? "a write of a register does not act yet (ISB)"
                       : p->context_stale   ? "a translation of the kernel's is not gone yet (ISB)"
                       : p->cleaning        ? "cache lines are on their way to memory (DSB SY)"
                       : p->forgetting      ? "an instruction cache still forgets (DSB)"
                       : p->cached          ? "a TLB still holds the window's page"
                                            : NULL;
    if (open) {
        host_violation(open, p->cached);
    }
}
