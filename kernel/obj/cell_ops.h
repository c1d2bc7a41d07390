/* SPDX-License-Identifier: Apache-2.0 */
/* How cells are made and taken apart. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/cell.h"

#define CELL_SLOTS_MAX 1024 /* of a cell made by a call */

/* A cell with an empty table and an empty space; its parts are itself, its root table, the slots.
 * The rest as in abi/calls.def. One VMID at least is free. */
void cell_make(const struct parts *parts, uint32_t slots, bool vm);

/* One bounded step of emptying a dying cell that has no threads left: its capabilities, then its
 * page tables, then its VMID. OK: nothing is left but what cell_free returns. AGAIN: not yet. */
MUST_CHECK status cell_empty_step(struct cell *cell);

/* Give back one of its blocks, itself last. */
void cell_free(struct cell *cell);

/* VMIDs that nobody has. */
uint32_t cell_vmids_free(void);
