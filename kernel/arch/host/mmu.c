/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what a stage-2 walk may cache, when, and which changes of a live table are forbidden. */
#include "kernel/arch/host/mmu.h"

#include "kernel/arch/host/host.h"

#define ENTRIES     512u
#define FIRST_LEVEL 1u
#define LAST_LEVEL  3u

/* Descriptor fields (Arm ARM D8.3.1, D8.3.2; stage 2). */
#define VALID             UINT64_C(1)
#define TABLE             UINT64_C(2)
#define S2AP_READ         (UINT64_C(1) << 6)
#define S2AP_WRITE        (UINT64_C(1) << 7)
#define SHARE_INNER       (UINT64_C(3) << 8)
#define ACCESS_FLAG       (UINT64_C(1) << 10)
#define EXECUTE_NEVER     (UINT64_C(1) << 54)
#define OUTPUT            (((UINT64_C(1) << 48) - 1) & ~UINT64_C(0xfff))
#define MEMORY_ATTRIBUTES (UINT64_C(0xf) << 2)
#define LEAF_MEANING                                                                   \
    (OUTPUT | MEMORY_ATTRIBUTES | S2AP_READ | S2AP_WRITE | SHARE_INNER | ACCESS_FLAG | \
     EXECUTE_NEVER)

struct mmu_space {
    uint64_t root;
    uint16_t vmid;
};

static struct mmu_entry tlbs[MMU_CORES][MMU_TLB_ENTRIES];
static struct mmu_space spaces[MMU_ROOTS];
static unsigned space_count;
static uint64_t whim;

static uint16_t vttbr_vmid(uint64_t vttbr)
{
    return (uint16_t)(vttbr >> 48);
}

static uint64_t vttbr_root(uint64_t vttbr)
{
    return vttbr & OUTPUT;
}

static uint64_t level_bytes(unsigned level)
{
    return UINT64_C(1) << (12 + 9 * (LAST_LEVEL - level));
}

static const uint64_t *table_at(uint64_t address)
{
    return arch_pointer((paddr){address});
}

static bool is_table(uint64_t value, unsigned level)
{
    return level < LAST_LEVEL && (value & (VALID | TABLE)) == (VALID | TABLE);
}

/* A leaf must be one that the kernel means to write: nothing else ever stands in a live table. */
static void leaf_inspect(uint64_t value, unsigned level)
{
    if ((level == LAST_LEVEL) != ((value & TABLE) != 0)) {
        host_violation("a stage-2 descriptor has the type bits of another level", value);
    }
    if (!(value & ACCESS_FLAG) || (value & SHARE_INNER) != SHARE_INNER || !(value & S2AP_READ)) {
        host_violation("a stage-2 leaf lacks the access flag, inner shareability or reading",
                       value);
    }
    if ((value & OUTPUT) & (level_bytes(level) - 1)) {
        host_violation("a stage-2 block is not aligned to its size", value);
    }
}

/* Follow the tables until a leaf, an invalid entry or stop_level; what was read last is in
 * *step. */
static bool walk_to(uint64_t root, uint64_t address, unsigned stop_level, struct mmu_entry *step)
{
    uint64_t table = root;
    if (address >= UINT64_C(1) << IPA_BITS) {
        return false;
    }
    for (unsigned level = FIRST_LEVEL;; level++) {
        uint64_t bytes = level_bytes(level);
        const uint64_t *where = &table_at(table)[address / bytes % ENTRIES];
        *step = (struct mmu_entry){where, *where, address & ~(bytes - 1), bytes,
                                   root,  0,      (uint8_t)level};
        if (!(step->value & VALID)) {
            return false;
        }
        if (!is_table(step->value, level)) {
            leaf_inspect(step->value, level);
            return true;
        }
        if (level == stop_level) {
            return true;
        }
        table = step->value & OUTPUT;
    }
}

bool mmu_walk(uint64_t root, uint64_t address, struct mmu_entry *leaf)
{
    return walk_to(root, address, LAST_LEVEL, leaf);
}

void mmu_reset(uint64_t seed)
{
    for (unsigned core = 0; core < MMU_CORES; core++) {
        for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
            tlbs[core][i].where = NULL;
        }
    }
    space_count = 0;
    whim = seed | 1;
}

/* Call with every entry in use: a function and its context. */
static void tlb_each(void (*visit)(struct mmu_entry *entry, const struct mmu_entry *context),
                     const struct mmu_entry *context)
{
    for (unsigned core = 0; core < MMU_CORES; core++) {
        for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
            if (tlbs[core][i].where) {
                visit(&tlbs[core][i], context);
            }
        }
    }
}

static void refuse_vmid(struct mmu_entry *entry, const struct mmu_entry *context)
{
    if (entry->vmid == context->vmid) {
        host_violation(
            "a VMID is given to a new cell while a TLB still holds entries of the old one",
            entry->vmid);
    }
}

uint64_t mmu_root(uint64_t root, uint16_t vmid)
{
    struct mmu_entry context = {.vmid = vmid};
    tlb_each(refuse_vmid, &context);
    for (unsigned i = 0; i < space_count; i++) {
        if (spaces[i].vmid == vmid || spaces[i].root == root) {
            host_violation("two live cells share a VMID or a root table", vmid);
        }
    }
    if (space_count == MMU_ROOTS || vmid == 0) {
        host_violation("no such VMID", vmid);
    }
    spaces[space_count++] = (struct mmu_space){root, vmid};
    return root | (uint64_t)vmid << 48;
}

/* A table entry is dropped by address only where the address itself is invalidated (TLBI
 * IPAS2E1IS). */
static void drop_range(struct mmu_entry *entry, const struct mmu_entry *context)
{
    bool leaf = !is_table(entry->value, entry->level);
    bool meets = leaf ? entry->address < context->address + context->size &&
                            context->address < entry->address + entry->size
                      : context->address - entry->address < entry->size;
    if (entry->vmid == context->vmid && meets) {
        entry->where = NULL;
    }
}

void mmu_flush(uint64_t vttbr, uint64_t address, uint64_t size)
{
    struct mmu_entry context = {.vmid = vttbr_vmid(vttbr), .address = address, .size = size};
    mmu_check_break();
    tlb_each(drop_range, &context);
    mmu_speculate();
}

static void drop_vmid(struct mmu_entry *entry, const struct mmu_entry *context)
{
    if (entry->vmid == context->vmid) {
        entry->where = NULL;
    }
}

void mmu_flush_all(uint64_t vttbr)
{
    struct mmu_entry context = {.vmid = vttbr_vmid(vttbr)};
    tlb_each(drop_vmid, &context);
    for (unsigned i = 0; i < space_count; i++) {
        if (spaces[i].vmid == context.vmid) {
            spaces[i] = spaces[--space_count];
        }
    }
}

static void tlb_fill(unsigned core, uint16_t vmid, struct mmu_entry entry)
{
    entry.vmid = vmid;
    for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
        const struct mmu_entry *old = &tlbs[core][i];
        if (old->where == entry.where && old->vmid == vmid) {
            return; /* it is there; what it says is mmu_check's business */
        }
    }
    tlbs[core][host_random(&whim) % MMU_TLB_ENTRIES] = entry;
}

/* Some valid entry of a table: the next one from a random place on, up or down. NULL: there is
 * none. */
static const uint64_t *any_entry(const uint64_t *table)
{
    uint64_t luck = host_random(&whim);
    unsigned at = (unsigned)(luck % ENTRIES), step = luck >> 32 & 1 ? 1 : ENTRIES - 1;
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (table[at] & VALID) {
            return &table[at];
        }
        at = (at + step) % ENTRIES;
    }
    return NULL;
}

/* An address that is likely to be translated by a space. */
static bool any_address(uint64_t root, uint64_t *address)
{
    uint64_t table = root;
    *address = 0;
    for (unsigned level = FIRST_LEVEL; level <= LAST_LEVEL; level++) {
        const uint64_t *entry = any_entry(table_at(table));
        if (!entry) {
            return false;
        }
        *address += (uint64_t)(entry - table_at(table)) * level_bytes(level);
        if (!is_table(*entry, level)) {
            return true;
        }
        table = *entry & OUTPUT;
    }
    return true;
}

void mmu_speculate(void)
{
    uint64_t address;
    if (space_count == 0) {
        return;
    }
    const struct mmu_space *space = &spaces[host_random(&whim) % space_count];
    uint64_t luck = host_random(&whim);
    if (!any_address(space->root, &address)) {
        return;
    }
    struct mmu_entry step;
    unsigned stop = FIRST_LEVEL + (unsigned)(luck >> 8) % LAST_LEVEL;
    if (walk_to(space->root, address, stop, &step)) {
        tlb_fill((unsigned)luck % MMU_CORES, space->vmid, step);
    }
}

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
    if (!(now & VALID) || now == entry->value) {
        return;
    }
    bool same = is_table(now, entry->level) == is_table(entry->value, entry->level) &&
                ((now ^ entry->value) & (OUTPUT | MEMORY_ATTRIBUTES | SHARE_INNER)) == 0;
    if (!same) {
        host_violation(
            "a valid stage-2 entry was replaced by another while a TLB held it (break-before-make)",
            entry->address);
    }
}

void mmu_check_break(void)
{
    tlb_each(refuse_unbroken, NULL);
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
    tlb_each(refuse_stale, NULL);
}

static bool leaf_permits(uint64_t value, uint64_t access)
{
    bool write = !(access & BH_MAP_WRITE) || (value & S2AP_WRITE);
    bool execute = !(access & BH_MAP_EXEC) || !(value & EXECUTE_NEVER);
    return write && execute && (value & S2AP_READ);
}

static const struct mmu_entry *tlb_find(unsigned core, uint16_t vmid, uint64_t address)
{
    for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
        const struct mmu_entry *entry = &tlbs[core][i];
        if (entry->where && entry->vmid == vmid && address - entry->address < entry->size &&
            !is_table(entry->value, entry->level)) {
            return entry;
        }
    }
    return NULL;
}

bool mmu_access(unsigned core, uint64_t vttbr, uint64_t address, uint64_t access,
                uint64_t *physical)
{
    const struct mmu_entry *cached = tlb_find(core, vttbr_vmid(vttbr), address);
    struct mmu_entry leaf;
    if (cached) {
        if (!entry_current(cached)) {
            host_violation("an access used a stale TLB entry", address);
        }
        leaf = *cached;
    } else if (mmu_walk(vttbr_root(vttbr), address, &leaf)) {
        tlb_fill(core, vttbr_vmid(vttbr), leaf);
    } else {
        return false;
    }
    *physical = (leaf.value & OUTPUT) + (address - leaf.address);
    return leaf_permits(leaf.value & LEAF_MEANING, access);
}

unsigned mmu_cached(uint16_t vmid)
{
    unsigned count = 0;
    for (unsigned core = 0; core < MMU_CORES; core++) {
        for (unsigned i = 0; i < MMU_TLB_ENTRIES; i++) {
            count += tlbs[core][i].where && tlbs[core][i].vmid == vmid;
        }
    }
    return count;
}
