/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a cell is taken apart and built again from the calls that have built it.
 *
 * What connects it with others is not its own and stays: endpoints, signals, channels, shared
 * memory. Capabilities that others hold to its thread or to the cell itself are gone for good. */
#include "cells/warden/restart.h"

#include <stddef.h>

#include "abi/boot.h"
#include "cells/lib/string.h"
#include "cells/warden/report.h"

/* When a cell was restarted, in ticks; the oldest at next; 0: not yet. */
struct history {
    uint64_t times[RESTART_MAX];
    unsigned next;
};

static struct history histories[PLAN_CELLS_MAX];

enum restart_verdict restart_judge(const struct plan_view *plan, uint32_t index, uint64_t now,
                                   uint64_t frequency)
{
    struct history *history = &histories[index];
    uint64_t *oldest = &history->times[history->next];

    if ((plan->cells[index].flags & PLAN_CELL_RESTART) == 0) {
        return RESTART_NEVER;
    }
    if (*oldest != 0 && now - *oldest < RESTART_SECONDS * frequency) {
        return RESTART_TOO_OFTEN;
    }
    *oldest = now;
    history->next = (history->next + 1) % RESTART_MAX;
    return RESTART_NOW;
}

static enum bh_status make(enum call call, uint32_t cap, uint64_t argument)
{
    struct plan_op op = {.call = call, .cap = cap, .args = {argument}};

    return plan_make(&op);
}

/* Slot 0: the warden's own table. What is not there, since building failed, need not go. */
static void drop(uint64_t slot)
{
    (void)make(CALL_cap_delete, 0, slot);
}

static void undo(const struct plan_op *op)
{
    switch (op->call) {
    case CALL_pool_create:
        if (op->args[0] == BH_POOL) {
            (void)make(CALL_object_destroy, (uint32_t)op->args[1], 0);
        }
        drop(op->args[1]);
        break;
    case CALL_cap_derive:
        if (op->args[0] == 0) {
            drop(op->args[1]); /* with a signal's, its interrupt is disabled and not active */
        }
        break;
    default:
        break; /* what it did goes with an object */
    }
}

/* Its pool, which comes first, takes all objects along; what others have of them is STALE. */
static void take_apart(const struct plan_view *plan, const struct plan_cell *cell)
{
    for (uint32_t i = 0; i < cell->op_count; i++) {
        undo(&plan->ops[cell->first_op + i]);
    }
}

/* Its data as in the image. What is zero at the start is zeroed by its calls. */
static void renew(const struct plan_view *plan, const struct plan_cell *cell)
{
    for (uint32_t i = 0; i < cell->copy_count; i++) {
        const struct plan_copy *copy = &plan->copies[cell->first_copy + i];

        memcpy((void *)(uintptr_t)copy->to, (const void *)(uintptr_t)copy->from, copy->size);
    }
}

static bool is_own(const struct plan_cell *cell, uint32_t i)
{
    return i - cell->first_op < cell->op_count;
}

/* Whether call i puts something into this cell, or into the warden's table for it. What it has of
 * a cell that was built later is among that one's calls. */
static bool is_for(const struct plan_view *plan, const struct plan_cell *cell, uint32_t i)
{
    const struct plan_op *op = &plan->ops[i];

    switch (op->call) {
    case CALL_cap_derive:
        return op->args[0] == cell->cell || (op->args[0] == 0 && is_own(cell, i));
    case CALL_memory_map:
        return op->cap == cell->cell;
    case CALL_thread_budget: /* the warden still runs on it */
        return false;
    default:
        return is_own(cell, i);
    }
}

/* Something of another cell that is gone cannot be had again; all else must be. */
static bool build(const struct plan_view *plan, const struct plan_cell *cell)
{
    for (uint32_t i = 0; i < plan->op_count; i++) {
        enum bh_status status = is_for(plan, cell, i) ? plan_make(&plan->ops[i]) : BH_OK;

        if (status != BH_OK && is_own(cell, i)) {
            plan_report(plan, cell, i, status);
            return false;
        }
    }
    return true;
}

void restart_take_over(const struct plan_cell *cell)
{
    if (cell->overrun != 0) { /* that a repair takes long is no fault of the cell */
        (void)make(CALL_budget_signal, cell->budget, 0);
    }
    (void)make(CALL_thread_suspend, cell->thread, 0); /* takes its fault back */
    (void)make(CALL_thread_budget, cell->thread, 0);
    (void)make(CALL_thread_budget, WARDEN_THREAD, cell->budget);
}

void restart_give_up(void)
{
    (void)make(CALL_thread_budget, WARDEN_THREAD, WARDEN_BUDGET);
}

void restart_cell(const struct plan_view *plan, const struct plan_cell *cell)
{
    uint64_t before = plan_pool_free();
    uint64_t after;

    take_apart(plan, cell);
    renew(plan, cell);
    if (!build(plan, cell)) {
        restart_give_up();
        return;
    }
    after = plan_pool_free();
    report("warden: cell %.32s is built again and starts; the kernel's pool has %lu bytes free, "
           "%s\n",
           cell->name, (unsigned long)after, after == before ? "as before" : "not as before");
    restart_give_up();
    (void)make(CALL_thread_budget, cell->thread, cell->budget);
    if (cell->overrun != 0) {
        (void)make(CALL_budget_signal, cell->budget, cell->overrun);
    }
    (void)make(CALL_thread_resume, cell->thread, 0);
}
