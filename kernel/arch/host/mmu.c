/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what the TLBs may hold and when, and which changes of a live table are forbidden. */
#include "kernel/arch/host/mmu.h"

#include "kernel/arch/host/host.h"

#define VMID_SHIFT  48
#define ROOT        (((UINT64_C(1) << 48) - 1) & ~UINT64_C(0xfff))
#define VALID       UINT64_C(1)
#define LEAVES_ONLY 3u

static struct mmu_entry tlbs[MMU_CORES][MMU_TLB_ENTRIES];

static_assert(MMU_CORES == HOST_CORES, "a TLB for each core");

static uint16_t vttbr_vmid(uint64_t vttbr)
{
    return (uint16_t)(vttbr >> VMID_SHIFT);
}

static bool is_leaf(const struct mmu_entry *entry)
{
    return entry->where && !walk_is_table(entry->value, entry->level);
}

bool mmu_walk(uint64_t root, uint64_t address, struct mmu_entry *leaf)
{
    return walk_to(root, address, LEAVES_ONLY, leaf);
}

void mmu_reset(void)
{
    for (unsigned core = 0; core < MMU_CORES; core++) {
        for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
            tlbs[core][i].where = NULL;
        }
    }
    walk_reset();
}

/* Call with every entry in use of one core or all: a function and its context. */
static void tlb_each(unsigned core,
                     void (*visit)(struct mmu_entry *entry, const struct mmu_entry *context),
                     const struct mmu_entry *context)
{
    unsigned first = core == MMU_ALL_CORES ? 0 : core;
    unsigned last = core == MMU_ALL_CORES ? MMU_CORES - 1 : core;
    for (unsigned at = first; at <= last; at++) {
        for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
            if (tlbs[at][i].where) {
                visit(&tlbs[at][i], context);
            }
        }
    }
}

uint64_t mmu_root(uint64_t root, uint16_t vmid)
{
    if (mmu_cached(vmid) != 0) {
        host_violation(
            "a VMID is given to a new cell while a TLB still holds entries of the old one", vmid);
    }
    walk_root(root, vmid);
    return root | (uint64_t)vmid << VMID_SHIFT;
}

/* ---- invalidation ---- */

static void drop_address(struct mmu_entry *entry, const struct mmu_entry *context)
{
    bool meets = context->address - entry->address < entry->size;
    if (entry->vmid == context->vmid && meets && !entry->combined) {
        entry->where = NULL;
    }
}

void mmu_drop_address(unsigned core, uint16_t vmid, uint64_t address)
{
    struct mmu_entry context = {.vmid = vmid, .address = address};
    tlb_each(core, drop_address, &context);
}

static void drop_stage1(struct mmu_entry *entry, const struct mmu_entry *context)
{
    if (entry->vmid == context->vmid && entry->combined) {
        entry->where = NULL;
    }
}

void mmu_drop_stage1(unsigned core, uint16_t vmid)
{
    struct mmu_entry context = {.vmid = vmid};
    tlb_each(core, drop_stage1, &context);
}

static void drop_vmid(struct mmu_entry *entry, const struct mmu_entry *context)
{
    if (entry->vmid == context->vmid) {
        entry->where = NULL;
    }
}

void mmu_drop_vmid(unsigned core, uint16_t vmid)
{
    struct mmu_entry context = {.vmid = vmid};
    tlb_each(core, drop_vmid, &context);
}

/* ---- fills ---- */

static void tlb_fill(unsigned core, const struct mmu_entry *entry)
{
    for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
        const struct mmu_entry *old = &tlbs[core][i];
        if (old->where == entry->where && old->vmid == entry->vmid &&
            old->combined == entry->combined) {
            return; /* it is there; what it says is mmu_check's business */
        }
    }
    tlbs[core][host_whim() % MMU_TLB_ENTRIES] = *entry;
}

void mmu_combine(void)
{
    uint64_t luck = host_whim();
    unsigned core = (unsigned)luck % MMU_CORES;
    struct mmu_entry entry = tlbs[core][(luck >> 8) % MMU_TLB_ENTRIES];
    if (is_leaf(&entry)) {
        entry.combined = 1;
        tlb_fill(core, &entry);
    }
}

void mmu_speculate(void)
{
    struct mmu_entry step;
    if (walk_any(&step)) {
        tlb_fill((unsigned)host_whim() % MMU_CORES, &step);
    }
    mmu_combine();
}

bool mmu_any_leaf(struct mmu_entry *leaf)
{
    uint64_t luck = host_whim();
    *leaf = tlbs[luck % MMU_CORES][(luck >> 8) % MMU_TLB_ENTRIES];
    return is_leaf(leaf);
}

/* ---- rules ---- */

/* True if the tables still say what a cached entry says. */
static bool entry_current(const struct mmu_entry *entry)
{
    struct mmu_entry step;
    return walk_to(entry->root, entry->address, entry->level, &step) &&
           step.where == entry->where && step.value == entry->value;
}

static void refuse_unbroken(struct mmu_entry *entry, const struct mmu_entry *context)
{
    uint64_t now = *entry->where;
    (void)context;
    if ((now & VALID) && now != entry->value && !walk_same_place(now, entry->value, entry->level)) {
        host_violation(
            "a valid stage-2 entry was replaced by another while a TLB held it (break-before-make)",
            entry->address);
    }
}

void mmu_check_break(void)
{
    tlb_each(MMU_ALL_CORES, refuse_unbroken, NULL);
}

static void refuse_stale(struct mmu_entry *entry, const struct mmu_entry *context)
{
    (void)context;
    if (!entry_current(entry)) {
        host_violation("a TLB holds a translation that the tables no longer have", entry->address);
    }
}

void mmu_check(void)
{
    mmu_check_break();
    tlb_each(MMU_ALL_CORES, refuse_stale, NULL);
}

/* ---- use ---- */

static const struct mmu_entry *tlb_find(unsigned core, uint16_t vmid, uint64_t address)
{
    for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
        const struct mmu_entry *entry = &tlbs[core][i];
        if (is_leaf(entry) && entry->vmid == vmid && address - entry->address < entry->size) {
            return entry;
        }
    }
    return NULL;
}

bool mmu_translate(unsigned core, uint64_t vttbr, uint64_t address, uint64_t access,
                   struct mmu_entry *leaf)
{
    const struct mmu_entry *cached = tlb_find(core, vttbr_vmid(vttbr), address);
    if (cached) {
        if (!entry_current(cached)) {
            host_violation("an access used a stale TLB entry", address);
        }
        *leaf = *cached;
    } else if (mmu_walk(vttbr & ROOT, address, leaf)) {
        leaf->vmid = vttbr_vmid(vttbr);
        tlb_fill(core, leaf);
    } else {
        return false;
    }
    return walk_permits(leaf->value, access);
}

bool mmu_access(unsigned core, uint64_t vttbr, uint64_t address, uint64_t access,
                uint64_t *physical)
{
    struct mmu_entry leaf = {0};
    bool permitted = mmu_translate(core, vttbr, address, access, &leaf);
    *physical = leaf.where ? walk_output(&leaf, address) : *physical;
    return permitted;
}

unsigned mmu_cached_on(unsigned core, uint16_t vmid)
{
    unsigned count = 0;
    for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
        count += tlbs[core][i].where && tlbs[core][i].vmid == vmid;
    }
    return count;
}

unsigned mmu_cached(uint16_t vmid)
{
    unsigned count = 0;
    for (unsigned core = 0; core < MMU_CORES; core++) {
        count += mmu_cached_on(core, vmid);
    }
    return count;
}
