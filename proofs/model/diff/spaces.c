/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how to read the kernel's page tables back into leaves, and compares them with the
 * model's. */
#include <string.h>

#include "kernel/obj/memory.h"
#include "proofs/model/diff/diff.h"

#define ENTRIES 512u

/* Arm ARM D8.3: stage-2 leaf. */
#define VALID  UINT64_C(1)
#define TABLE  UINT64_C(2)
#define OUTPUT (((UINT64_C(1) << 48) - 1) & ~(PAGE_SIZE - 1))

static uint64_t level_size(unsigned level)
{
    return PAGE_SIZE << 9 * (3 - level);
}

static uint8_t leaf_kind(uint64_t entry)
{
    switch (entry >> 2 & 0xf) {
    case 0xf:
        return BH_RAM;
    case 0x1:
        return BH_DEVICE;
    case 0x5:
        return BH_UNCACHED;
    default:
        return 0xff;
    }
}

static uint8_t leaf_access(uint64_t entry)
{
    bool write = entry >> 7 & 1, never = entry >> 54 & 1;
    return (uint8_t)((entry >> 6 & 1 ? BH_MAP_READ : 0) | (write ? BH_MAP_WRITE : 0) |
                     (never ? 0 : BH_MAP_EXEC));
}

/* One leaf of the kernel must be one of the model; each is met once, so equal counts mean equal
 * sets. */
static bool leaf_same(struct diff *d, int cell, uint64_t at, uint64_t size, uint64_t entry)
{
    for (int i = 0; i < MODEL_LEAVES; i++) {
        const struct model_leaf *l = &d->model.leaves[i];
        if (l->cell == cell && l->ipa == at) {
            bool same = l->size == size && l->target == (entry & OUTPUT) &&
                        l->kind == leaf_kind(entry) && l->access == leaf_access(entry);
            return same || diff_say(d, "mapping at", at, entry, l->target);
        }
    }
    return diff_say(d, "mapping that should not be at", at, entry, 0);
}

struct walk {
    int cell;
    unsigned leaves, tables;
};

static bool table_same(struct diff *d, struct walk *walk, const uint64_t *table, uint64_t at,
                       unsigned level);

static bool entry_same(struct diff *d, struct walk *walk, uint64_t entry, uint64_t at,
                       unsigned level)
{
    if (level < 3 && (entry & TABLE)) {
        walk->tables++;
        return table_same(d, walk, arch_pointer((paddr){entry & OUTPUT}), at, level + 1);
    }
    walk->leaves++;
    return leaf_same(d, walk->cell, at, level_size(level), entry);
}

static bool table_same(struct diff *d, struct walk *walk, const uint64_t *table, uint64_t at,
                       unsigned level)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        if (table[i] != 0 && !entry_same(d, walk, table[i], at + i * level_size(level), level)) {
            return false;
        }
    }
    return true;
}

bool diff_spaces(struct diff *d)
{
    unsigned leaves[MODEL_OBJECTS] = {0};
    for (int i = 0; i < MODEL_LEAVES; i++) {
        leaves[d->model.leaves[i].cell]++;
    }
    for (int i = 1; i < MODEL_CELLS; i++) {
        const struct model_cell *c = &d->model.cells[i];
        struct walk walk = {.cell = c->object};
        if (!c->object) {
            continue;
        }
        const struct cell *cell = cell_of(d->objects[c->object]);
        if ((cell->root != NULL) != (c->root_offset != 0)) {
            return diff_say(d, "root table of cell", (uint64_t)c->object, cell->root != NULL,
                            c->root_offset != 0);
        }
        if (cell->root && !table_same(d, &walk, cell->root, 0, 1)) {
            return false;
        }
        if (walk.leaves != leaves[c->object]) {
            return diff_say(d, "number of mappings of cell", (uint64_t)c->object, walk.leaves,
                            leaves[c->object]);
        }
        if (walk.tables != (unsigned)c->page_count) {
            return diff_say(d, "page tables of cell", (uint64_t)c->object, walk.tables,
                            (uint64_t)c->page_count);
        }
    }
    return true;
}
