/* SPDX-License-Identifier: Apache-2.0 */
/* A cell's stage-2 table: 39 bits, three levels, blocks of 1 GiB, 2 MiB and 4 KiB. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/cell.h"

/* What to map: one leaf is made at a time. */
struct space_range {
    ipa address;
    paddr target;
    uint64_t size;   /* bytes left */
    uint64_t access; /* enum bh_access */
    enum bh_memory_kind kind;
};

/* Map the largest leaf that fits the start of the range, or make a table that it needs. *done: its
 * bytes, or 0. BUSY: something is mapped there. NO_MEMORY: the cell's pool has no page for a table.
 */
MUST_CHECK status space_map_leaf(struct cell *cell, const struct space_range *range,
                                 uint64_t *done);

/* Remove the leaf that ends at end (exclusive), and its TLB entries; its size in bytes. */
uint64_t space_unmap_leaf(struct cell *cell, ipa end);

/* Give page tables back, a bounded number of entries from cell->sweep on. True: none are left but
 * the root. All mappings must be gone. */
bool space_sweep(struct cell *cell);
