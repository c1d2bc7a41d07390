/* SPDX-License-Identifier: Apache-2.0 */
/* The compiled plan: its tables, and making its calls. */
#pragma once

#include <stdbool.h>

#include "abi/plan.h"
#include "abi/start.h"
#include "abi/types.h"

/* As many cells as can live at once: VMIDs of 8 bits, less the kernel's. */
#define PLAN_CELLS_MAX 255

/* Numbers of the kernel's calls. */
enum call {
#define CALL(number, name, types, rights, arguments, in, results, out, doc) CALL_##name = (number),
#include "abi/calls.def"
};

/* A plan whose header and tables have been looked at. */
struct plan_view {
    const struct plan_cell *cells;
    const struct plan_op *ops;
    const struct plan_copy *copies;
    const struct plan_switch *switches;
    uint32_t cell_count;
    uint32_t op_count;
    uint32_t last_count; /* of these */
    uint32_t switch_count;
    uint32_t copy_count;
};

/* The plan in the memory named "plan". False, and a sentence, if this warden cannot make it. */
bool plan_open(struct plan_view *plan, const struct start_info *start);

struct plan_failures {
    unsigned cells;
    unsigned calls; /* that belong to no cell */
};

/* Makes all its calls in order. One that fails is reported, and the rest of its cell is left out;
 * so a cell that is not complete is never started. */
struct plan_failures plan_execute(const struct plan_view *plan);

/* Makes the last ones, which were left out: from then on the warden may have to wait for its
 * window. */
void plan_execute_last(const struct plan_view *plan);

/* For the cell with this badge, which asked for row and when: enum bh_status. */
uint64_t plan_switch(const struct plan_view *plan, uint64_t badge, const uint64_t row_when[2]);

/* Says that call i of the plan has failed; cell: whose building it is part of, NULL for none. */
void plan_report(const struct plan_view *plan, const struct plan_cell *cell, uint32_t i,
                 enum bh_status status);

/* What follows meets the kernel; apart, in make.c, so that unit tests can have their own. */

/* Makes one call of the plan. */
enum bh_status plan_make(const struct plan_op *op);

/* Where a suspended thread is. */
uint64_t plan_pc(uint32_t thread);

/* Bytes free in the root pool, 0 if the warden has given up its capability to it. */
uint64_t plan_pool_free(void);
