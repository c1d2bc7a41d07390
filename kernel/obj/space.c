/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the format of stage-2 tables (Arm ARM D8.3) and keeps leaf entries from ever being remade
 * in place: an entry goes from 0 to a leaf and back to 0, so break-before-make holds by
 * construction. */
#include "kernel/obj/space.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/lock.h"
#include "kernel/lib/log.h"
#include "kernel/obj/pool.h"

#define ENTRIES     512u
#define LEVEL_SHIFT 9u /* a level is known by what an entry of it covers: 1 << level bytes */
#define LEVEL_FIRST 30u
#define LEVEL_LAST  12u

#define PTE_VALID   UINT64_C(1)
#define PTE_TABLE   UINT64_C(2) /* levels 1, 2: table; level 3: page */
#define PTE_READ    (UINT64_C(1) << 6)
#define PTE_WRITE   (UINT64_C(1) << 7)
#define PTE_INNER   (UINT64_C(3) << 8)
#define PTE_AF      (UINT64_C(1) << 10)
#define PTE_XN      (UINT64_C(1) << 54)
#define PTE_ADDRESS (((UINT64_C(1) << 48) - 1) & ~(PAGE_SIZE - 1))

#define SWEEP_STEP 32u /* empty entries passed over in one step */

static_assert(ENTRIES * sizeof(uint64_t) == PAGE_SIZE, "a table is a page");
static_assert(ENTRIES % SWEEP_STEP == 0, "a step never crosses a table");
static_assert(LEVEL_LAST == PAGE_SHIFT && IPA_BITS == LEVEL_FIRST + LEVEL_SHIFT &&
                  LEVEL_FIRST == LEVEL_LAST + 2 * LEVEL_SHIFT,
              "three levels cover a space");

/* MemAttr[3:0] in bits 5:2, by enum bh_memory_kind. */
static const uint64_t memory_attributes[] = {
    [BH_RAM] = UINT64_C(0xf) << 2,
    [BH_DEVICE] = UINT64_C(0x1) << 2,
    [BH_UNCACHED] = UINT64_C(0x5) << 2,
};

static uint64_t level_size(unsigned level)
{
    return UINT64_C(1) << level;
}

static uint64_t *entry_at(uint64_t *table, ipa address, unsigned level)
{
    return &table[address.raw >> level & (ENTRIES - 1)];
}

static bool is_table(uint64_t entry, unsigned level)
{
    return level != LEVEL_LAST && (entry & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static uint64_t *table_of(uint64_t entry)
{
    return arch_pointer((paddr){entry & PTE_ADDRESS});
}

static uint64_t leaf(const struct space_range *range, unsigned level)
{
    uint64_t entry =
        range->target.raw | memory_attributes[range->kind] | PTE_INNER | PTE_AF | PTE_VALID;
    entry |= level == LEVEL_LAST ? PTE_TABLE : 0;
    entry |= range->access & BH_MAP_READ ? PTE_READ : 0;
    entry |= range->access & BH_MAP_WRITE ? PTE_WRITE : 0;
    entry |= range->access & BH_MAP_EXEC ? 0 : PTE_XN;
    return entry;
}

static bool leaf_fits(const struct space_range *range, unsigned level)
{
    return is_aligned(range->address.raw | range->target.raw, level_size(level)) &&
           range->size >= level_size(level);
}

status space_map_leaf(struct cell *cell, const struct space_range *range, uint64_t *done)
{
    uint64_t *table = cell->root;
    /* bound: 3 levels */
    for (unsigned level = LEVEL_FIRST; level >= LEVEL_LAST; level -= LEVEL_SHIFT) {
        uint64_t *entry = entry_at(table, range->address, level);
        if (*entry == 0 && leaf_fits(range, level)) {
            *entry = leaf(range, level);
            *done = level_size(level);
            return BH_OK;
        }
        if (*entry == 0) {
            uint64_t *page = pool_alloc(cell->object.pool, PAGE_SHIFT);
            if (!page) {
                return BH_NO_MEMORY;
            }
            arch_stage2_publish();
            *entry = arch_physical(page).raw | PTE_TABLE | PTE_VALID;
            *done = 0;
            return BH_OK;
        }
        if (!is_table(*entry, level)) {
            return BH_BUSY;
        }
        table = table_of(*entry);
    }
    return BH_BUSY;
}

uint64_t space_unmap_leaf(struct cell *cell, ipa end)
{
    ipa last = {end.raw - PAGE_SIZE};
    uint64_t *table = cell->root;
    unsigned level = LEVEL_FIRST;
    uint64_t *entry = entry_at(table, last, level);
    /* bound: 3 levels */
    while (is_table(*entry, level)) {
        table = table_of(*entry);
        level -= LEVEL_SHIFT;
        entry = entry_at(table, last, level);
    }
    ASSERT(*entry & PTE_VALID);
    *entry = 0;
    arch_stage2_flush(cell->vttbr, (ipa){last.raw & ~(level_size(level) - 1)}, level_size(level));
    return level_size(level);
}

/* Past some empty entries, or past none. */
static NOINLINE uint32_t entries_pass(const uint64_t *table, uint32_t at)
{
    const uint64_t *entry = &table[at], *end = &table[(at | (SWEEP_STEP - 1)) + 1];
    /* bound: SWEEP_STEP, 32 */
    do {
        if (*entry != 0) {
            break;
        }
    } while (++entry != end);
    return (uint32_t)(entry - table);
}

bool space_sweep(struct cell *cell)
{
    uint32_t first = cell->sweep / ENTRIES, second = cell->sweep % ENTRIES;
    if (first == ENTRIES) {
        return true;
    }
    uint32_t at = entries_pass(cell->root, first);
    if (at != first) {
        cell->sweep = at * ENTRIES;
        return at == ENTRIES;
    }
    uint64_t *table = table_of(cell->root[first]), *gone = NULL;
    at = entries_pass(table, second);
    cell->sweep += at - second;
    if (at == second) {
        gone = &table[at]; /* and is passed over in the next step */
    } else if (at == ENTRIES) {
        gone = &cell->root[first];
    }
    if (gone) {
        table = table_of(*gone);
        *gone = 0;
        pool_free(cell->object.pool, table, PAGE_SHIFT);
    }
    return cell->sweep == ENTRIES * ENTRIES && !LOCK_PASSED(cpu_this());
}
