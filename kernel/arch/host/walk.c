/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the format of stage-2 tables, and objects to descriptors that the kernel never means to
 * write. */
#include "kernel/arch/host/walk.h"

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

struct space {
    uint64_t root;
    uint16_t vmid;
};

static struct space spaces[MMU_ROOTS];
static unsigned space_count;

static uint64_t level_bytes(unsigned level)
{
    return UINT64_C(1) << (12 + 9 * (LAST_LEVEL - level));
}

static const uint64_t *table_at(uint64_t address)
{
    return arch_pointer((paddr){address});
}

bool walk_is_table(uint64_t value, unsigned level)
{
    return level < LAST_LEVEL && (value & (VALID | TABLE)) == (VALID | TABLE);
}

bool walk_same_place(uint64_t one, uint64_t other, unsigned level)
{
    return walk_is_table(one, level) == walk_is_table(other, level) &&
           ((one ^ other) & (OUTPUT | MEMORY_ATTRIBUTES | SHARE_INNER)) == 0;
}

bool walk_permits(uint64_t leaf, uint64_t access)
{
    bool write = !(access & BH_MAP_WRITE) || (leaf & S2AP_WRITE);
    bool execute = !(access & BH_MAP_EXEC) || !(leaf & EXECUTE_NEVER);
    return write && execute && (leaf & S2AP_READ);
}

uint64_t walk_output(const struct mmu_entry *leaf, uint64_t address)
{
    return (leaf->value & OUTPUT) + (address - leaf->address);
}

enum bh_memory_kind walk_kind(uint64_t leaf)
{
    switch ((leaf & MEMORY_ATTRIBUTES) >> 2) {
    case 0xf:
        return BH_RAM;
    case 0x5:
        return BH_UNCACHED;
    default:
        return BH_DEVICE;
    }
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

bool walk_to(uint64_t root, uint64_t address, unsigned stop_level, struct mmu_entry *step)
{
    uint64_t table = root;
    if (address >= UINT64_C(1) << IPA_BITS) {
        return false;
    }
    for (unsigned level = FIRST_LEVEL;; level++) {
        uint64_t bytes = level_bytes(level);
        const uint64_t *where = &table_at(table)[address / bytes % ENTRIES];
        *step = (struct mmu_entry){.where = where,
                                   .value = *where,
                                   .address = address & ~(bytes - 1),
                                   .size = bytes,
                                   .root = root,
                                   .level = (uint8_t)level};
        if (!(step->value & VALID)) {
            return false;
        }
        if (!walk_is_table(step->value, level)) {
            leaf_inspect(step->value, level);
            return true;
        }
        if (level == stop_level) {
            return true;
        }
        table = step->value & OUTPUT;
    }
}

void walk_reset(void)
{
    space_count = 0;
}

void walk_root(uint64_t root, uint16_t vmid)
{
    for (unsigned i = 0; i < space_count; i++) {
        if (spaces[i].vmid == vmid || spaces[i].root == root) {
            host_violation("two live cells share a VMID or a root table", vmid);
        }
    }
    if (space_count == MMU_ROOTS || vmid == 0) {
        host_violation("no such VMID", vmid);
    }
    spaces[space_count++] = (struct space){root, vmid};
}

void walk_forget(uint16_t vmid)
{
    for (unsigned i = 0; i < space_count; i++) {
        if (spaces[i].vmid == vmid) {
            spaces[i] = spaces[--space_count];
        }
    }
}

static bool table_reaches(uint64_t table, unsigned level, uint64_t page)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        uint64_t value = table_at(table)[i];
        if (walk_is_table(value, level) &&
            ((value & OUTPUT) == page || table_reaches(value & OUTPUT, level + 1, page))) {
            return true;
        }
    }
    return false;
}

bool walk_reaches(uint64_t page)
{
    for (unsigned i = 0; i < space_count; i++) {
        if (table_reaches(spaces[i].root, FIRST_LEVEL, page)) {
            return true;
        }
    }
    return false;
}

/* Some valid entry of a table: the next one from a random place on, up or down. NULL: there is
 * none. */
static const uint64_t *any_entry(const uint64_t *table)
{
    uint64_t luck = host_whim();
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
            return level > FIRST_LEVEL; /* the tables on the way may be fetched */
        }
        *address += (uint64_t)(entry - table_at(table)) * level_bytes(level);
        if (!walk_is_table(*entry, level)) {
            return true;
        }
        table = *entry & OUTPUT;
    }
    return true;
}

bool walk_any(struct mmu_entry *step)
{
    uint64_t address;
    if (space_count == 0) {
        return false;
    }
    const struct space *space = &spaces[host_whim() % space_count];
    unsigned stop = FIRST_LEVEL + (unsigned)(host_whim() % LAST_LEVEL);
    bool found = any_address(space->root, &address) && walk_to(space->root, address, stop, step);
    if (found) {
        step->vmid = space->vmid;
    }
    return found;
}
