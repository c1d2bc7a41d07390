/* SPDX-License-Identifier: Apache-2.0 */
/* The report's part about time: each plan's windows, and how much of its frame every cell has. */
#include "tools/bulkhead/build.h"
#include "tools/bulkhead/partition.h"

typedef unsigned long long ull;

/* "control, vision": the cells of a window, then those that it admits as others. */
static const char *who(struct system *system, const struct time_plan *plan,
                       const struct window *window)
{
    const char *text = "";

    for (unsigned i = 0; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        if (partition_has_core(cell, plan->core) && partition_admits(plan, window, cell)) {
            text = arena_format(&system->arena, "%s%s%s", text, *text == 0 ? "" : ", ", cell->name);
        }
    }
    return *text == 0 ? "nobody" : text;
}

/* In one frame. */
static void write_shares(struct system *system, const struct time_plan *plan, FILE *out)
{
    for (unsigned i = 0; i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        uint64_t given = partition_given(plan, cell, plan->frame);
        if (partition_has_core(cell, plan->core) && cell->groups[plan->core] != 0) {
            fprintf(out, "    %-14s %8llu us of each frame, %llu.%llu %%, group %u\n", cell->name,
                    (ull)given, (ull)(given * 100 / plan->frame),
                    (ull)(given * 1000 / plan->frame % 10), cell->groups[plan->core]);
        }
    }
}

static void write_plan(struct system *system, const struct time_plan *plan, FILE *out)
{
    uint64_t end = 0;

    fprintf(out, "  %s: core %llu, a frame of %llu us%s\n", plan->name, (ull)plan->core,
            (ull)plan->frame, plan->starts ? ", from the start" : "");
    for (unsigned i = 0; i < plan->windows.count; i++) {
        const struct window *window = plan->windows.items[i];
        if (window->at > end) {
            fprintf(out, "    %8llu to %8llu us  -               nobody\n", (ull)end,
                    (ull)window->at);
        }
        end = window->at + window->length;
        fprintf(out, "    %8llu to %8llu us  %-14s  %s\n", (ull)window->at, (ull)end, window->name,
                who(system, plan, window));
    }
    if (plan->frame > end) {
        fprintf(out, "    %8llu to %8llu us  -               nobody\n", (ull)end, (ull)plan->frame);
    }
    write_shares(system, plan, out);
    for (unsigned i = 0; i < system->switches.count; i++) {
        const struct plan_switch *row = system->switches.items[i];
        if (system->switched.items[i] == plan) {
            fprintf(out, "    %s may switch to it\n",
                    ((const struct cell *)system->cells.items[row->cell])->name);
        }
    }
}

void report_partitions(struct system *system, FILE *out)
{
    if (system->plans.count != 0) {
        fprintf(out, "\nTime: plans and their windows, and whom they admit\n");
    }
    for (unsigned i = 0; i < system->plans.count; i++) {
        write_plan(system, system->plans.items[i], out);
    }
}
