/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of the numbers of plans. */
#include "tools/bulkhead/build.h"
#include "tools/bulkhead/partition.h"

#define FRAME_MAX \
    4000000 /* microseconds: ticks of a window are counted in 32 bits, at most 1 GHz */

typedef unsigned long long ull;

/* Microseconds of the kernel's shortest window. */
static ull least(const struct system *system)
{
    return (ull)board_least(&system->board, BH_WINDOW_LEAST);
}

static void sort_windows(struct list *windows)
{
    for (unsigned i = 1; i < windows->count; i++) {
        for (unsigned k = i; k > 0; k--) {
            struct window *a = windows->items[k - 1], *b = windows->items[k];
            if (a->at <= b->at) {
                break;
            }
            windows->items[k - 1] = b;
            windows->items[k] = a;
        }
    }
}

static void check_window(struct system *system, const struct time_plan *plan,
                         const struct window *window)
{
    struct faults *faults = &system->faults;

    if (window->length < least(system)) {
        fault(faults, RULE_plan_window, window->path,
              "it lasts %llu us, and the kernel's shortest window on this board is %llu us; make "
              "it longer",
              (ull)window->length, least(system));
    } else if (window->at >= plan->frame || window->length > plan->frame - window->at) {
        fault(faults, RULE_plan_window, window->path,
              "it ends at %llu us, behind its plan's frame of %llu us; shorten it, or lengthen the "
              "frame",
              (ull)window->at + window->length, (ull)plan->frame);
    }
    if (window->cells.count == 0 && !window->others) {
        fault(faults, RULE_plan_window, window->path,
              "it is nobody's; name its cells, say others, or leave it out: time between windows "
              "is nobody's, too");
    }
}

/* Where the time between two windows is too short for a window of its own. */
static void check_gap(struct system *system, const struct window *window, uint64_t before)
{
    uint64_t gap = window->at - before;

    if (gap != 0 && gap < least(system)) {
        fault(&system->faults, RULE_plan_window, window->path,
              "only %llu us before it are nobody's, and the kernel's shortest window on this board "
              "is %llu us; let it begin at %llu, or later",
              (ull)gap, least(system), (ull)before);
    }
}

static void check_order(struct system *system, const struct time_plan *plan)
{
    uint64_t end = 0;

    for (unsigned i = 0; i < plan->windows.count; i++) {
        const struct window *window = plan->windows.items[i];
        if (window->at < end) {
            const struct window *before = plan->windows.items[i - 1];
            fault(
                &system->faults, RULE_plan_window, window->path,
                "it begins at %llu us, when '%s' is not over yet (%llu us); let it begin then, or "
                "shorten '%s'",
                (ull)window->at, before->name, (ull)end, before->name);
        } else {
            check_gap(system, window, end);
        }
        end = window->at + window->length;
    }
    if (end < plan->frame && plan->frame - end < least(system)) {
        fault(&system->faults, RULE_plan_window, plan->path,
              "only %llu us of its frame are left behind its last window, and the kernel's "
              "shortest window on this board is %llu us; end the frame at %llu",
              (ull)(plan->frame - end), least(system), (ull)end);
    }
}

static void check_plan(struct system *system, struct time_plan *plan)
{
    unsigned faults = system->faults.count;

    check_core(system, plan->path, plan->core);
    if (plan->frame < least(system) || plan->frame > FRAME_MAX) {
        fault(&system->faults, RULE_number_range, plan->path,
              "its frame is %llu us; a frame lasts %llu us to 4 seconds", (ull)plan->frame,
              least(system));
    }
    if (plan->windows.count == 0 || plan->windows.count > BH_PLAN_WINDOWS / 2) {
        fault(&system->faults, RULE_plan_window, plan->path,
              "it has %u windows; a plan has 1 to %u, each a node below it", plan->windows.count,
              BH_PLAN_WINDOWS / 2);
    }
    for (unsigned i = 0; i < plan->windows.count && system->faults.count == faults; i++) {
        check_window(system, plan, plan->windows.items[i]);
    }
    if (system->faults.count == faults) {
        sort_windows(&plan->windows);
        check_order(system, plan);
    }
}

void partition_check(struct system *system)
{
    for (unsigned i = 0; i < system->plans.count; i++) {
        check_plan(system, system->plans.items[i]);
    }
}
