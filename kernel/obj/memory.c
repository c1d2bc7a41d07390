/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a capability's mapping grows and shrinks page by page, and when memory must be
 * cleaned. */
#include "kernel/obj/memory.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/epoch.h"
#include "kernel/core/lock.h"
#include "kernel/cap/cap.h"
#include "kernel/lib/log.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/space.h"

/* What lock_pause() is told, in instructions: a leaf of a table, a page cleaned or zeroed. */
#define LEAF_WORK 140
#define PAGE_WORK 250

static void mapping_set_phase(struct slot *slot, enum mapping_phase phase)
{
    slot->badge = (slot->badge & ~MAPPING_PHASE) | (uint64_t)phase << MAPPING_PHASE_SHIFT;
}

static ipa mapping_ipa(const struct slot *slot)
{
    return (ipa){slot->badge & MAPPING_IPA};
}

/* True while an unmap that somebody asked for is under way, not the end of a map that failed. */
static bool mapping_unmaps(const struct slot *slot)
{
    return mapping_phase(slot) >= MAPPING_SHRINKING && (slot->badge & MAPPING_FAILURE) == 0;
}

static struct memory *slot_memory(const struct slot *slot)
{
    return memory_of(slot_object(slot));
}

static struct cell *slot_cell(const struct slot *slot)
{
    return link_sure(slot->cell);
}

/* A device mapping more or less: leaving a cell that has some costs a DSB (rule 29), from now on if
 * it is the one that runs. */
static void cell_count_devices(struct cell *cell, const struct memory *memory, bool mapped)
{
    if (memory->kind != BH_DEVICE) {
        return;
    }
    struct cpu *cpu = cpu_this();
    cell->device_maps += mapped ? 1u : (uint32_t)-1;
    cell->marks = (uint8_t)((cell->marks & ~MARK_DEVICES) | (cell->device_maps ? MARK_DEVICES : 0));
    if (mapped && cpu->current->cell == cell) {
        cpu->world |= WORLD_DEVICES;
        cpu->device_thread = cpu->current;
    }
}

static status mapping_begin(struct slot *slot, ipa address, uint64_t access)
{
    struct memory *memory = slot_memory(slot);
    if (memory->cleaning | memory->sealed) {
        return BH_BUSY;
    }
    slot->badge = address.raw | access;
    slot->progress = 0;
    mapping_set_phase(slot, MAPPING_GROWING);
    memory->mappings++;
    cell_count_devices(slot_cell(slot), memory, true);
    return BH_OK;
}

static status mapping_grow(struct slot *slot)
{
    struct memory *memory = slot_memory(slot);
    uint64_t at = (uint64_t)slot->progress << PAGE_SHIFT;
    /* bound: preemption point */
    while (at < memory->size) {
        struct space_range range = {
            .address = {mapping_ipa(slot).raw + at},
            .target = {memory->base.raw + at},
            .size = memory->size - at,
            .access = slot->badge & MAPPING_ACCESS,
            .kind = (enum bh_memory_kind)memory->kind,
        };
        uint64_t done = 0;
        status result = space_map_leaf(slot_cell(slot), &range, &done);
        if (result != BH_OK) {
            return result;
        }
        if (memory->pooled && done != 0) {
            arch_page_clean(range.target); /* a guest may read past the caches */
        }
        at += done;
        slot->progress = (uint32_t)(at >> PAGE_SHIFT) & MAPPING_PAGES;
        if (at < memory->size && lock_pause(memory->pooled ? PAGE_WORK : LEAF_WORK)) {
            return STATUS_AGAIN;
        }
    }
    return BH_OK;
}

status memory_map(struct slot *slot, ipa address, uint64_t access)
{
    if (mapping_phase(slot) == MAPPING_NONE) {
        status begun = mapping_begin(slot, address, access);
        if (begun != BH_OK) {
            return begun;
        }
    } else if (mapping_ipa(slot).raw != address.raw || (slot->badge & MAPPING_ACCESS) != access ||
               mapping_phase(slot) == MAPPING_DONE || mapping_unmaps(slot)) {
        return BH_BUSY;
    }
    if (mapping_phase(slot) == MAPPING_GROWING) {
        status result = mapping_grow(slot);
        if (result == BH_OK) {
            mapping_set_phase(slot, MAPPING_DONE);
            arch_stage2_publish();
            if (access & BH_MAP_EXEC) {
                arch_icache_invalidate();
            }
            return BH_OK;
        }
        if (result == STATUS_AGAIN) {
            return result;
        }
        slot->badge |= (uint64_t)result << MAPPING_FAILURE_SHIFT;
        mapping_set_phase(slot, MAPPING_SHRINKING);
    }
    status failure = (status)((slot->badge & MAPPING_FAILURE) >> MAPPING_FAILURE_SHIFT);
    status undone = memory_unmap(slot);
    return undone == BH_OK ? failure : undone;
}

/* Remove leaves from the end; AGAIN at a preemption point. */
static status mapping_shrink(struct slot *slot)
{
    /* bound: preemption point */
    while (slot->progress > 0) {
        ipa end = {mapping_ipa(slot).raw + ((uint64_t)slot->progress << PAGE_SHIFT)};
        uint64_t pages = space_unmap_leaf(slot_cell(slot), end) >> PAGE_SHIFT;
        slot->progress = (slot->progress - (uint32_t)pages) & MAPPING_PAGES;
        if (slot->progress > 0 && lock_pause(LEAF_WORK)) {
            return STATUS_AGAIN;
        }
    }
    return BH_OK;
}

/* Clean all pages that were mapped cacheable, zero them if they were sealed; slot.progress counts
 * them. */
static status mapping_clean(struct slot *slot)
{
    struct memory *memory = slot_memory(slot);
    uint64_t at = (uint64_t)slot->progress << PAGE_SHIFT;
    /* bound: preemption point */
    while (at < memory->size) {
        (memory->sealed ? arch_page_zero : arch_page_clean)((paddr){memory->base.raw + at});
        at += PAGE_SIZE;
        slot->progress = (uint32_t)(at >> PAGE_SHIFT) & MAPPING_PAGES;
        if ((at < memory->size || memory->sealed) && lock_pause(PAGE_WORK)) {
            return STATUS_AGAIN;
        }
    }
    return BH_OK;
}

static void mapping_end(struct slot *slot)
{
    struct memory *memory = slot_memory(slot);
    memory->cleaning = 0;
    memory->sealed = 0;
    memory->mappings--;
    slot->badge = 0;
    slot->progress = 0;
}

status memory_unmap(struct slot *slot)
{
    struct memory *memory = slot_memory(slot);
    if (mapping_phase(slot) == MAPPING_NONE) {
        return BH_OK;
    }
    if (mapping_phase(slot) != MAPPING_CLEANING) {
        mapping_set_phase(slot, MAPPING_SHRINKING);
        status result = mapping_shrink(slot);
        if (result != BH_OK) {
            return result;
        }
        cell_count_devices(slot_cell(slot), memory, false);
        if (memory->mappings > 1 || memory->kind != BH_RAM) {
            mapping_end(slot);
            return BH_OK;
        }
        memory->cleaning = 1;
        mapping_set_phase(slot, MAPPING_CLEANING);
        if (lock_pause(LEAF_WORK)) {
            return STATUS_AGAIN;
        }
    }
    status result = mapping_clean(slot);
    if (result == BH_OK) {
        mapping_end(slot);
    }
    return result;
}

COLD status memory_seal(struct slot *slot)
{
    struct memory *memory = slot_memory(slot);
    if (memory->kind != BH_RAM || memory->pooled || slot_cell(slot)->vm) {
        return BH_BAD_ARG;
    }
    if (memory->mappings != 1 || mapping_phase(slot) != MAPPING_DONE) {
        return BH_BUSY;
    }
    /* Who found the cell open when he had no lock yet has done what he wanted when it ends. */
    static uint64_t closed;
    if (!memory->sealed) {
        memory->sealed = slot_cell(slot)->sealed = 1;
        (void)cap_unbind(&slot_cell(slot)->trace);
        closed = epoch_after();
    }
    return epoch_over(closed);
}

status memory_clean(struct memory *memory, bool zero, uint64_t *from)
{
    /* bound: preemption point */
    while (*from < memory->size) {
        paddr page = {memory->base.raw + *from};
        (zero ? arch_page_zero : arch_page_clean)(page);
        *from += PAGE_SIZE;
        if (*from < memory->size && lock_pause(PAGE_WORK)) {
            return STATUS_AGAIN;
        }
    }
    *from = 0;
    return BH_OK;
}

struct memory *memory_make(struct pool *pool, paddr base, uint64_t size, enum bh_memory_kind kind)
{
    struct memory *memory = pool_object(pool, BH_MEMORY, sizeof(struct memory));
    if (memory) {
        memory->base = base;
        memory->size = size;
        memory->kind = (uint8_t)kind;
    }
    return memory;
}

void *memory_kernel(const struct memory *memory)
{
    return memory->pooled ? arch_pointer(memory->base) : NULL;
}

void memory_free(struct memory *memory)
{
    uint64_t left = memory->size;
    if (memory->pooled) {
        memory->size = left - PAGE_SIZE; /* whole pages */
        memory->pooled = memory->size != 0;
        pool_wipe(memory->object.pool, arch_pointer(memory->base), left);
    } else {
        pool_release(&memory->object, memory);
    }
}
