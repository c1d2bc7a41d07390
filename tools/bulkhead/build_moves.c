/* SPDX-License-Identifier: Apache-2.0 */
/* What a cell gets that moves others between cores: their threads, and time on each core. */
#include <string.h>

#include "tools/bulkhead/build.h"

/* Its own time where it is at home; the like on another core. */
static struct object *time_on(struct system *system, struct processor *moved, uint64_t core)
{
    if (core == moved->thread.extra) {
        return &moved->budget;
    }
    struct object *time = arena_alloc(&system->arena, sizeof *time);
    *time = moved->budget;
    time->of = build_core(system, core);
    list_add(&system->arena, &system->extras, time);
    return time;
}

/* NAME, and NAME@CORE for each core that it may be on. */
static void build_moved(struct system *system, struct cell *mover, const char *name,
                        struct processor *moved)
{
    uint32_t cores = UINT32_C(1) << moved->thread.extra;

    for (unsigned i = 0; i < mover->moves_to.count; i++) {
        cores |= UINT32_C(1) << mover->moves_to.items[i];
    }
    moved->thread.owner->cores_used |= cores;
    build_cap(system, mover, name, &moved->thread)->rights = BH_THREAD_BIND;
    build_value(system, mover, name, moved->thread.extra);
    for (uint64_t core = 0; core < CORES_MAX; core++) {
        if ((cores >> core & 1) != 0) {
            const char *there = arena_format(&system->arena, "%s@%u", name, (unsigned)core);
            struct object *time = time_on(system, moved, core);
            build_cap(system, mover, there, time)->rights = BH_BUDGET_BIND;
        }
    }
}

static bool is_named_before(const struct names *names, unsigned i)
{
    for (unsigned k = 0; k < i; k++) {
        if (strcmp(names->items[k].target, names->items[i].target) == 0) {
            return true;
        }
    }
    return false;
}

static void build_move(struct system *system, struct cell *mover, const struct name *name)
{
    struct cell *cell = build_find_cell(system, name->target);

    if (cell == NULL || cell == mover) {
        fault(&system->faults, RULE_moves, mover->path,
              cell == NULL ? "it moves cell '%s', and there is none (there is %s); correct the name"
                           : "it moves cell '%s', itself, which only another cell can (there is "
                             "%s); leave it out",
              name->target, build_cell_names(system));
        return;
    }
    if (cell_restarts(cell)) {
        fault(&system->faults, RULE_moves, mover->path,
              "it moves cell '%s', which has restart: a cell that is built again has new threads, "
              "and nobody else has capabilities to them; leave one of them out",
              name->target);
        return;
    }
    for (uint64_t cpu = 0; cpu < cell->cpus; cpu++) {
        build_moved(system, mover, build_processor_name(system, name->local, cpu),
                    &cell->processors[cpu]);
    }
}

void build_moves(struct system *system, struct cell *cell)
{
    if ((cell->moves.count == 0) != (cell->moves_to.count == 0)) {
        fault(&system->faults, RULE_moves, cell->path,
              "it has %u moves and %u cores in moves-to; say which cells it moves and to which "
              "cores, or leave out both",
              cell->moves.count, cell->moves_to.count);
        return;
    }
    for (unsigned i = 0; i < cell->moves_to.count; i++) {
        if (!check_core(system, cell->path, cell->moves_to.items[i])) {
            return;
        }
    }
    for (unsigned i = 0; i < cell->moves.count; i++) {
        if (is_named_before(&cell->moves, i)) {
            fault(&system->faults, RULE_moves, cell->path, "it moves cell '%s' twice; name it once",
                  cell->moves.items[i].target);
            continue;
        }
        build_move(system, cell, &cell->moves.items[i]);
    }
}
