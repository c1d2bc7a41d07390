/* SPDX-License-Identifier: Apache-2.0 */
/* What the plan takes from every pool, and how large pools and tables must be for it.
 *
 * A pool is a buddy allocator, and building a system frees nothing: so at any time there is at
 * most one free block of each size, and a pool whose free bytes are enough for a block has that
 * block. Adding up is therefore exact. */
#include "tools/bulkhead/cost.h"

#include "tools/bulkhead/build.h"
#include "tools/bulkhead/sizes.h"

#define GIGA              (UINT64_C(1) << 30)
#define SHARED_INTERRUPTS 988 /* the kernel's table of them, at most */

/* Whether a mapping fills a region with one block. Large RAM is placed so that its blocks are
 * aligned, but for GiB blocks that is luck: they are not counted on. */
static bool covers(const struct cap *cap, uint64_t at, uint64_t size)
{
    return size == BLOCK && cap->memory->aligned && at >= cap->ipa &&
           at + size <= cap->ipa + cap->memory->size;
}

/* A table page for each different region of size bytes that some mapping touches without filling
 * it. */
static uint64_t tables_of(const struct cell *cell, uint64_t size)
{
    uint64_t pages = 0;

    for (unsigned i = 0; i < cell->caps.count; i++) {
        const struct cap *cap = cell->caps.items[i];
        if (cap->access == 0) {
            continue;
        }
        uint64_t first = cap->ipa / size;
        uint64_t last = (cap->ipa + cap->memory->size - 1) / size;
        for (uint64_t region = first; region <= last; region++) {
            bool counted = covers(cap, region * size, size);
            for (unsigned k = 0; k < i && !counted; k++) {
                const struct cap *other = cell->caps.items[k];
                counted = other->access != 0 && region >= other->ipa / size &&
                          region <= (other->ipa + other->memory->size - 1) / size &&
                          !covers(other, region * size, size);
            }
            pages += counted ? 0 : 1;
        }
    }
    return pages * PAGE;
}

static uint64_t cost_space(const struct cell *cell)
{
    return PAGE + tables_of(cell, GIGA) + tables_of(cell, BLOCK);
}

static uint64_t cost_thread(const struct cell *cell)
{
    if (cell->kind == CELL_VM) {
        return block_size(kernel_sizes.vcpu) + block_size(cell->interrupts * kernel_sizes.virq);
    }
    return block_size(cell->fp ? kernel_sizes.thread_fp : kernel_sizes.thread);
}

static uint64_t cost_budget(const struct cell *cell)
{
    return block_size(cell->budget.count != 0 ? kernel_sizes.limited_budget : kernel_sizes.budget);
}

static uint64_t cost_made(const struct list *objects, const struct cell *cell, enum bh_type type,
                          uint64_t size)
{
    uint64_t cost = 0;

    for (unsigned i = 0; i < objects->count; i++) {
        const struct object *object = objects->items[i];
        if (object->cell == cell && object->type == type) {
            cost += block_size(type == BH_BUDGET && object->extra != 0 ? kernel_sizes.limited_budget
                                                                       : size);
        }
    }
    return cost;
}

static uint64_t cost_cell(const struct system *system, const struct cell *cell)
{
    return block_size(kernel_sizes.cell) + block_size(cell->table_slots * kernel_sizes.table_slot) +
           cost_space(cell) + cell->cpus * cost_thread(cell) +
           (cell_restarts(cell) ? 0 : cell->cpus * cost_budget(cell)) +
           cost_made(&system->lines, cell, BH_LINE, kernel_sizes.line) +
           cost_made(&system->extras, cell, BH_BUDGET, kernel_sizes.budget) +
           cell->pages.count * (block_size(kernel_sizes.memory) + PAGE);
}

static uint64_t pool_for(uint64_t need)
{
    uint64_t size = PAGE;

    while (size - pool_header(size) < need) {
        size *= 2;
    }
    return size;
}

static bool pool_good(struct system *system, const char *path, uint64_t size, uint64_t max)
{
    char limit[SIZE_TEXT];

    if (size >= PAGE && size <= max && (size & (size - 1)) == 0) {
        return true;
    }
    fault(&system->faults, RULE_pool_size, path,
          "pool has %llu bytes; it must be a power of two, KIB(4) to %s", (unsigned long long)size,
          size_text(limit, max));
    return false;
}

static void size_table(struct system *system, struct cell *cell)
{
    uint64_t slots = 1;

    for (unsigned i = 0; i < cell->caps.count; i++) {
        struct cap *cap = cell->caps.items[i];
        if (cap->object != NULL) {
            cap->slot = (uint32_t)slots++;
        }
    }
    uint64_t wanted = cell->slots > kernel_slots_max ? kernel_slots_max + 1 : slots + cell->slots;
    if (wanted > kernel_slots_max) {
        fault(&system->faults, RULE_slots_few, cell->path,
              "its table has %llu slots in use and %llu free ones wanted, which is more than the "
              "%llu that a cell can have; "
              "lower slots",
              (unsigned long long)slots, (unsigned long long)cell->slots,
              (unsigned long long)kernel_slots_max);
        wanted = kernel_slots_max;
    }
    cell->table_slots = 16; /* the block of a table is a power of two anyway */
    while (cell->table_slots < wanted) {
        cell->table_slots *= 2;
    }
    cell->cell_object.number = cell->table_slots;
    if (cell->slot_first != NULL) {
        cell->slot_first->number = slots;
        cell->slot_count->number = cell->table_slots;
    }
}

static void size_pool(struct system *system, struct cell *cell)
{
    char has[SIZE_TEXT];
    char needs[SIZE_TEXT];
    char better[SIZE_TEXT];

    cell->pool_need = cost_cell(system, cell);
    uint64_t size = pool_for(cell->pool_need);
    if (cell->pool == 0) {
        cell->pool = size;
    }
    if (!pool_good(system, cell->path, cell->pool, kernel_child_max)) {
        return;
    }
    if (cell->pool < size) {
        fault(&system->faults, RULE_pool_small, cell->path,
              "its pool of %s is too small: building the cell takes %s; leave pool out, or make it "
              "%s",
              size_text(has, cell->pool), size_text(needs, cell->pool_need + pool_header(size)),
              size_text(better, size));
    }
    cell->pool_object.number = cell->pool;
}

void cost_system(struct system *system)
{
    for (unsigned i = 1; i < system->cells.count; i++) {
        struct cell *cell = system->cells.items[i];
        size_table(system, cell);
        size_pool(system, cell);
    }
    for (unsigned i = 0; i < system->extras.count; i++) {
        const struct object *object = system->extras.items[i];
        if (object->type == BH_POOL) {
            pool_good(system, object->name, object->number, kernel_child_max);
        }
    }
}

/* Extents beyond those that are known are spare RAM, each with a slot. */
static uint64_t cost_warden(const struct system *system, unsigned extents)
{
    const struct cell *warden = system->cells.items[0];
    uint64_t slots = system->warden_slots + extents - system->memories.count;

    return (board_core_count(&system->board) - 1) *
               (block_size(kernel_sizes.core) + kernel_sizes.cpu_block) +
           block_size(kernel_sizes.cell) + block_size(slots * kernel_sizes.table_slot) +
           cost_space(warden) + block_size(kernel_sizes.thread) + block_size(kernel_sizes.budget) +
           block_size(kernel_sizes.core) + block_size(SHARED_INTERRUPTS * sizeof(uint64_t));
}

static uint64_t cost_pools(const struct system *system)
{
    uint64_t signals = system->pulses.count + (system->overrun_count != 0 ? 1 : 0);
    uint64_t cost = signals * block_size(kernel_sizes.signal) +
                    cost_made(&system->extras, NULL, BH_MEMORY, kernel_sizes.memory) +
                    cost_made(&system->extras, NULL, BH_TRACE, kernel_sizes.trace) +
                    system->plans.count * (block_size(kernel_sizes.memory) + PAGE);

    for (unsigned i = 1; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        cost += cell->pool + (cell->signal_bits != 0 ? block_size(kernel_sizes.signal) : 0) +
                (cell_restarts(cell) ? cost_budget(cell) : 0);
    }
    for (unsigned i = 0; i < system->extras.count; i++) {
        const struct object *object = system->extras.items[i];
        bool bytes = object->type == BH_POOL || object->type == BH_MEMORY;
        cost += bytes && object->cell == NULL ? object->number : 0;
    }
    return cost;
}

void cost_root(struct system *system, unsigned extents)
{
    char has[SIZE_TEXT];
    char needs[SIZE_TEXT];
    char better[SIZE_TEXT];
    uint64_t need = cost_warden(system, extents) + cost_pools(system) +
                    extents * block_size(kernel_sizes.memory) +
                    system->irqs.count * block_size(kernel_sizes.irq) +
                    (system->endpoints.count + 1) * block_size(kernel_sizes.endpoint);
    uint64_t size = pool_for(need);

    if (system->pool_size == 0) {
        system->pool_size = size;
    }
    if (pool_good(system, "/kernel", system->pool_size, kernel_pool_max) &&
        system->pool_size < size) {
        fault(&system->faults, RULE_kernel_pool, "/kernel",
              "its pool of %s is too small: the pools of the cells and what the warden builds take "
              "%s; leave pool out, or "
              "make it %s",
              size_text(has, system->pool_size), size_text(needs, need + pool_header(size)),
              size_text(better, size));
    }
    system->pool.size = system->pool_size;
    system->root_need = need;
}
