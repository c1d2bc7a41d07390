/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what a cell consists of, and hands out VMIDs: one to a cell, for all its life (rule 25). */
#include "kernel/obj/cell_ops.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/space.h"

#define VMID_MAX   1024u /* more than pools have room for in practice; 0 is nobody's */
#define SWEEP_STEP 32u   /* empty slots passed over in one step */

static uint64_t vmids_used[VMID_MAX / 64] = {1};
static uint32_t vmids_live;

uint32_t cell_vmids_free(void)
{
    uint32_t count = arch_vmid_count();
    return (count < VMID_MAX - 1 ? count : VMID_MAX - 1) - vmids_live;
}

static uint16_t vmid_take(void)
{
    uint32_t vmid = 0;
    /* bound: 16 words */
    while (vmids_used[vmid / 64] == ~UINT64_C(0)) {
        vmid += 64;
    }
    vmid += (uint32_t)__builtin_ctzll(~vmids_used[vmid / 64]);
    vmids_used[vmid / 64] |= UINT64_C(1) << vmid % 64;
    vmids_live++;
    return (uint16_t)vmid;
}

static void vmid_return(uint16_t vmid)
{
    vmids_used[vmid / 64] &= ~(UINT64_C(1) << vmid % 64);
    vmids_live--;
}

void cell_make(const struct parts *parts, uint32_t slots, bool vm)
{
    struct cell *cell = parts->at[0];
    cell->root = parts->at[1];
    cell->table = parts->at[2];
    cell->table_order = parts->order[2];
    cell->slot_count = cell->fast_count = slots;
    cell->vm = vm;
    cell->vmid = vmid_take();
    cell->vttbr = arch_vttbr(arch_physical(cell->root), cell->vmid);
    arch_stage2_publish();
}

/* Empty the table's slots from cell->sweep on: pass over some, or a step at one. OK: all are
 * empty. */
static status cell_empty_table(struct cell *cell)
{
    struct slot *slot = &cell->table[cell->sweep];
    uint32_t left = cell->slot_count - cell->sweep, passed = 0;
    /* bound: SWEEP_STEP, 32 */
    while (passed < left && passed < SWEEP_STEP && slot->word == 0) {
        slot++;
        passed++;
    }
    cell->sweep += passed;
    if (passed == left || passed != 0) {
        return passed == left ? BH_OK : STATUS_AGAIN;
    }
    status result = slot_full(slot) ? cap_prune(slot, true) : cap_remove(slot, 0);
    cell->sweep += result == BH_OK;
    return result == STATUS_MOVE ? STATUS_MOVE : STATUS_AGAIN;
}

status cell_empty_step(struct cell *cell)
{
    if (!cell->empty) {
        status result = cell_empty_table(cell);
        if (result != BH_OK) {
            return result;
        }
        /* No mapping is left, and no core walks this space any more: its threads are gone. */
        arch_stage2_flush_all(cell->vttbr);
        cell->empty = 1;
        cell->sweep = 0;
        return STATUS_AGAIN;
    }
    if (cell->vmid != 0) {
        if (!space_sweep(cell)) {
            return STATUS_AGAIN;
        }
        vmid_return(cell->vmid);
        cell->vmid = 0;
    }
    return BH_OK;
}

void cell_free(struct cell *cell)
{
    uint32_t left = cell->sweep;
    uint64_t *root = cell->root;
    if (root) { /* no leaf and no table is left in it */
        cell->root = NULL;
        cell->sweep = 1u << cell->table_order;
        pool_wipe(cell->object.pool, root, PAGE_SIZE);
    } else if (left != 0) {
        cell->sweep = left - (left < PAGE_SIZE ? left : (uint32_t)PAGE_SIZE);
        pool_wipe(cell->object.pool, cell->table, left);
    } else {
        pool_release(&cell->object, cell);
    }
}
