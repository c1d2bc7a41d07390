/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a plan is laid out and how it is executed. */
#include "cells/warden/plan.h"

#include <stddef.h>

#include "cells/lib/start.h"
#include "cells/lib/status_name.h"
#include "cells/warden/report.h"

static bool fits(uint64_t size, uint32_t offset, uint32_t count, size_t row)
{
    return offset % 8 == 0 && offset <= size && count <= (size - offset) / row;
}

static bool is_plan(const struct plan *plan, uint64_t size)
{
    return size >= sizeof(*plan) && plan->magic == BH_PLAN_MAGIC &&
           plan->version == BH_PLAN_VERSION && plan->size <= size &&
           plan->cell_count <= PLAN_CELLS_MAX &&
           fits(plan->size, plan->cell_offset, plan->cell_count, sizeof(struct plan_cell)) &&
           fits(plan->size, plan->op_offset, plan->op_count, sizeof(struct plan_op)) &&
           plan->last_count <= plan->op_count &&
           fits(plan->size, plan->switch_offset, plan->switch_count, sizeof(struct plan_switch)) &&
           fits(plan->size, plan->copy_offset, plan->copy_count, sizeof(struct plan_copy));
}

static bool are_part(uint32_t first, uint32_t count, uint32_t all)
{
    return first <= all && count <= all - first;
}

/* A cell's calls and copies are a part of the plan's. */
static bool are_rows(const struct plan_view *plan)
{
    for (uint32_t i = 0; i < plan->cell_count; i++) {
        const struct plan_cell *cell = &plan->cells[i];

        if (!are_part(cell->first_op, cell->op_count, plan->op_count) ||
            !are_part(cell->first_copy, cell->copy_count, plan->copy_count)) {
            return false;
        }
    }
    return true;
}

bool plan_open(struct plan_view *view, const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "plan");
    const struct plan *plan;

    if (memory == NULL || (memory->access & BH_MAP_READ) == 0) {
        report("warden: there is no memory 'plan' to read: nothing is built\n");
        return false;
    }
    plan = (const struct plan *)(uintptr_t)memory->address;
    if (is_plan(plan, memory->size)) {
        *view = (struct plan_view){
            .cells = (const void *)((const char *)plan + plan->cell_offset),
            .ops = (const void *)((const char *)plan + plan->op_offset),
            .copies = (const void *)((const char *)plan + plan->copy_offset),
            .switches = (const void *)((const char *)plan + plan->switch_offset),
            .cell_count = plan->cell_count,
            .op_count = plan->op_count,
            .last_count = plan->last_count,
            .switch_count = plan->switch_count,
            .copy_count = plan->copy_count,
        };
        if (are_rows(view)) {
            return true;
        }
    }
    report("warden: the plan is damaged or of another version: nothing is built; rebuild the "
           "image\n");
    return false;
}

/* The cell whose building the call at index i is part of; NULL for calls that belong to none. */
static const struct plan_cell *cell_of(const struct plan_view *plan, uint32_t i)
{
    for (uint32_t c = 0; c < plan->cell_count; c++) {
        if (i - plan->cells[c].first_op < plan->cells[c].op_count) {
            return &plan->cells[c];
        }
    }
    return NULL;
}

void plan_report(const struct plan_view *plan, const struct plan_cell *cell, uint32_t i,
                 enum bh_status status)
{
    const struct plan_op *op = &plan->ops[i];

    report("warden: building %s%.32s failed at call %u of the plan: %s(cap %u; 0x%lx 0x%lx 0x%lx "
           "0x%lx)\n",
           cell == NULL ? "the system" : "cell ", cell == NULL ? "" : cell->name, i,
           call_name(op->call), op->cap, (unsigned long)op->args[0], (unsigned long)op->args[1],
           (unsigned long)op->args[2], (unsigned long)op->args[3]);
    report("warden:   status  %s\n", status_name(status));
    report("warden:   %s\n", cell == NULL ? "what depends on it will fail too"
                                          : "the cell is not started; all others go on");
}

/* Calls from i to end. */
static struct plan_failures execute(const struct plan_view *plan, uint32_t i, uint32_t end)
{
    struct plan_failures failed = {0};

    while (i < end) {
        enum bh_status status = plan_make(&plan->ops[i]);
        const struct plan_cell *cell;

        if (status == BH_OK) {
            i++;
            continue;
        }
        cell = cell_of(plan, i);
        plan_report(plan, cell, i, status);
        if (cell == NULL) {
            failed.calls++;
            i++;
        } else {
            failed.cells++;
            i = cell->first_op + cell->op_count;
        }
    }
    return failed;
}

struct plan_failures plan_execute(const struct plan_view *plan)
{
    return execute(plan, 0, plan->op_count - plan->last_count);
}

void plan_execute_last(const struct plan_view *plan)
{
    (void)execute(plan, plan->op_count - plan->last_count, plan->op_count);
}

uint64_t plan_switch(const struct plan_view *plan, uint64_t badge, const uint64_t row_when[2])
{
    const struct plan_switch *row = plan->switches;

    if (row_when[0] >= plan->switch_count || row[row_when[0]].cell != badge) {
        return BH_NO_RIGHT;
    }
    row += row_when[0];
    return plan_make(&(struct plan_op){
        .call = CALL_plan_start, .cap = row->core, .args = {row->page, row_when[1]}});
}
