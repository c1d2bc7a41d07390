/* SPDX-License-Identifier: Apache-2.0 */
/* How windows that name cells become windows that admit groups of budgets. */
#include "tools/bulkhead/partition.h"

#include <string.h>

#include "tools/bulkhead/build.h"

typedef unsigned long long ull;

struct time_plan *partition_find(const struct system *system, const char *name)
{
    for (unsigned i = 0; i < system->plans.count; i++) {
        struct time_plan *plan = system->plans.items[i];
        if (strcmp(plan->name, name) == 0) {
            return plan;
        }
    }
    return NULL;
}

void partition_make(struct system *system)
{
    for (unsigned i = 0; i < system->plans.count; i++) {
        struct time_plan *plan = system->plans.items[i];
        const struct shared *shared = build_find_shared(&system->shareds, plan->name);
        if (shared != NULL) {
            fault(&system->faults, RULE_name_duplicate, plan->path,
                  "%s has the same name, and reads may name either; rename one", shared->path);
        }
        plan->page = arena_alloc(&system->arena, sizeof *plan->page);
        *plan->page = (struct memory){.path = plan->path, .use = plan->name, .size = PAGE};
        plan->page->object = (struct object){.type = BH_MEMORY, .name = plan->name, .number = PAGE};
        plan->used = plan->starts;
    }
}

bool partition_has_core(const struct cell *cell, uint64_t core)
{
    return (cell->cores_used >> core & 1) != 0;
}

static bool is_named(const struct window *window, const struct cell *cell)
{
    for (unsigned i = 0; i < window->cells.count; i++) {
        if (strcmp(window->cells.items[i].target, cell->name) == 0) {
            return true;
        }
    }
    return false;
}

bool partition_admits(const struct time_plan *plan, const struct window *window,
                      const struct cell *cell)
{
    return cell->groups[plan->core] == 0 ? window->others : is_named(window, cell);
}

/* ---- groups ---- */

/* Plans of a core name a cell in the same windows as the other, or neither in any. */
static bool same_windows(const struct system *system, uint64_t core, const struct cell *pair[2])
{
    for (unsigned i = 0; i < system->plans.count; i++) {
        const struct time_plan *plan = system->plans.items[i];
        for (unsigned k = 0; k < plan->windows.count && plan->core == core; k++) {
            if (is_named(plan->windows.items[k], pair[0]) !=
                is_named(plan->windows.items[k], pair[1])) {
                return false;
            }
        }
    }
    return true;
}

/* Cells with the same windows are one group. The warden is in none: no window can name it. */
static void group_cell(struct system *system, uint64_t core, unsigned number, unsigned *groups)
{
    struct cell *cell = system->cells.items[number];

    for (unsigned i = 0; i < number; i++) {
        const struct cell *other = system->cells.items[i];
        if (same_windows(system, core, (const struct cell *[]){other, cell})) {
            cell->groups[core] = other->groups[core];
            return;
        }
    }
    *groups += 1;
    cell->groups[core] = (uint8_t)(*groups < BH_PLAN_GROUPS ? *groups : BH_PLAN_GROUPS - 1);
}

static void build_groups(struct system *system, uint64_t core)
{
    unsigned groups = 0;

    for (unsigned i = 1; i < system->cells.count; i++) {
        group_cell(system, core, i, &groups);
    }
    if (groups >= BH_PLAN_GROUPS) {
        fault(&system->faults, RULE_plan_groups, "/plans",
              "the cells of core %llu differ in %u ways in the windows that they have, and the "
              "kernel knows %u; give some cells the same windows",
              (ull)core, groups, BH_PLAN_GROUPS - 1);
    }
}

/* ---- cells ---- */

static void check_cells(struct system *system, const struct time_plan *plan,
                        const struct window *window)
{
    for (unsigned i = 0; i < window->cells.count; i++) {
        const char *name = window->cells.items[i].target;
        const struct cell *cell = build_find_cell(system, name);
        if (cell == NULL) {
            fault(&system->faults, RULE_plan_cell, window->path,
                  "it admits cell '%s', which is not there (there is %s); correct the name", name,
                  build_cell_names(system));
        } else if (!partition_has_core(cell, plan->core)) {
            fault(&system->faults, RULE_plan_cell, window->path,
                  "it admits cell '%s', which runs on core %llu, and this is a plan of core %llu; "
                  "put both on one core, or let another cell move it there",
                  name, (ull)cell->core, (ull)plan->core);
        }
    }
}

/* A cell that never runs on a core where it should. */
static void check_admitted(struct system *system, const struct cell *cell, uint64_t core)
{
    bool plans = false;

    for (unsigned i = 0; i < system->plans.count; i++) {
        const struct time_plan *plan = system->plans.items[i];
        plans |= plan->core == core;
        for (unsigned k = 0; k < plan->windows.count && plan->core == core; k++) {
            if (partition_admits(plan, plan->windows.items[k], cell)) {
                return;
            }
        }
    }
    if (plans && partition_has_core(cell, core)) {
        fault(&system->faults, RULE_plan_cell, cell->path,
              "no window of core %llu admits it, so that it never runs there; name it in one, or "
              "say others in one",
              (ull)core);
    }
}

static uint64_t overlap(uint64_t from, uint64_t to, uint64_t at, uint64_t length)
{
    uint64_t begin = from > at ? from : at;
    uint64_t end = to < at + length ? to : at + length;

    return end > begin ? end - begin : 0;
}

/* What windows of a cell have of [from, to), which ends before the next frame does. */
static uint64_t admitted(const struct time_plan *plan, const struct cell *cell, uint64_t from,
                         uint64_t to)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < plan->windows.count; i++) {
        const struct window *window = plan->windows.items[i];
        if (partition_admits(plan, window, cell)) {
            sum += overlap(from, to, window->at, window->length) +
                   overlap(from, to, window->at + plan->frame, window->length);
        }
    }
    return sum;
}

uint64_t partition_given(const struct time_plan *plan, const struct cell *cell, uint64_t period)
{
    uint64_t frames = period / plan->frame * admitted(plan, cell, 0, plan->frame);
    uint64_t best = 0;

    for (unsigned i = 0; i < plan->windows.count; i++) {
        uint64_t from = ((const struct window *)plan->windows.items[i])->at;
        uint64_t rest = admitted(plan, cell, from, from + period % plan->frame);
        best = rest > best ? rest : best;
    }
    return frames + best;
}

static void check_budget(struct system *system, const struct time_plan *plan,
                         const struct cell *cell)
{
    uint64_t amount = cell_budget(cell, 0), period = cell_budget(cell, 1);
    uint64_t given = partition_has_core(cell, plan->core) ? partition_given(plan, cell, period) : 0;

    if (given != 0 && amount > given) {
        fault(&system->faults, RULE_plan_budget, cell->path,
              "its budget is %llu of every %llu us, and plan '%s' admits it for %llu us of so "
              "many; lower the budget, or give it longer windows",
              (ull)amount, (ull)period, plan->name, (ull)given);
    }
}

/* ---- who starts and who switches ---- */

static void check_starts(struct system *system)
{
    const struct time_plan *first[CORES_MAX] = {NULL};

    for (unsigned i = 0; i < system->plans.count; i++) {
        const struct time_plan *plan = system->plans.items[i];
        if (!plan->used) {
            fault(&system->faults, RULE_plan_start, plan->path,
                  "it does not start, and no cell may switch to it; say starts, or name it in "
                  "switches of a cell");
        }
        if (plan->starts && first[plan->core] != NULL) {
            fault(&system->faults, RULE_plan_start, plan->path,
                  "it starts on core %llu, and so does '%s'; take starts from one of them",
                  (ull)plan->core, first[plan->core]->name);
        }
        first[plan->core] = plan->starts ? plan : first[plan->core];
    }
}

static const char *plan_name(const void *item)
{
    return ((const struct time_plan *)item)->name;
}

/* A number for the program, and a row that lets the warden make the call for it. */
static void build_switch(struct system *system, struct cell *cell, const struct name *name)
{
    struct time_plan *plan = partition_find(system, name->target);

    if (plan == NULL) {
        fault(&system->faults, RULE_plan_switch, cell->path,
              "it switches to plan '%s', which is not below /plans (there is %s); correct the name",
              name->target, build_names(system, &system->plans, plan_name));
        return;
    }
    struct plan_switch *row = arena_alloc(&system->arena, sizeof *row);
    *row = (struct plan_switch){.cell = cell->index}; /* slots come later */
    plan->used = true;
    build_value(system, cell, name->local, system->switches.count);
    list_add(&system->arena, &system->switches, row);
    list_add(&system->arena, &system->switched, plan);
}

/* The warden answers on the budget of whoever calls, so on its own core; a caller of another core
 * would have its time. */
static void build_switches(struct system *system, struct cell *cell)
{
    if (cell->switches.count == 0) {
        return;
    }
    if (cell->core != 0) {
        fault(&system->faults, RULE_plan_switch, cell->path,
              "it switches plans, and the warden, on core 0, does that for cells of its own core "
              "only; let another cell do it, or give it caps with core and the right plan");
    }
    for (unsigned i = 0; i < cell->switches.count; i++) {
        build_switch(system, cell, &cell->switches.items[i]);
    }
    struct cap *cap = build_cap(system, cell, "plans", &system->fault_endpoint.object);
    cap->rights = BH_ENDPOINT_SEND;
    cap->badge = cell->index;
}

void partition_build(struct system *system)
{
    for (uint64_t core = 0; core < CORES_MAX; core++) {
        build_groups(system, core);
        for (unsigned i = 1; i < system->cells.count; i++) {
            check_admitted(system, system->cells.items[i], core);
        }
    }
    for (unsigned i = 1; i < system->cells.count; i++) {
        build_switches(system, system->cells.items[i]);
    }
    for (unsigned i = 0; i < system->plans.count; i++) {
        const struct time_plan *plan = system->plans.items[i];
        const char *name = arena_format(&system->arena, "time plan %u", i);
        for (unsigned k = 0; k < plan->windows.count; k++) {
            check_cells(system, plan, plan->windows.items[k]);
        }
        for (unsigned k = 1; k < system->cells.count; k++) {
            check_budget(system, plan, system->cells.items[k]);
        }
        build_view(system, system->cells.items[0], name, plan->page, BH_MAP_READ | BH_MAP_WRITE);
    }
    check_starts(system);
}

/* ---- for the kernel ---- */

unsigned partition_turns(const struct system *system, const struct time_plan *plan,
                         struct turn *turns)
{
    uint64_t end = board_ticks(&system->board, plan->frame), now = 0;
    unsigned count = 0;

    for (unsigned i = 0; i < plan->windows.count; i++) {
        const struct window *window = plan->windows.items[i];
        uint64_t from = board_ticks(&system->board, window->at);
        if (from > now) {
            turns[count++] = (struct turn){NULL, now, from};
        }
        now = board_ticks(&system->board, window->at + window->length);
        turns[count++] = (struct turn){window, from, now};
    }
    if (end > now) {
        turns[count++] = (struct turn){NULL, now, end};
    }
    return count;
}

uint32_t partition_open(const struct system *system, const struct time_plan *plan,
                        const struct window *window)
{
    uint32_t open = 0;

    for (unsigned i = 0; window != NULL && i < system->cells.count; i++) {
        const struct cell *cell = system->cells.items[i];
        if (partition_admits(plan, window, cell)) {
            open |= UINT32_C(1) << cell->groups[plan->core];
        }
    }
    return open;
}
