/* SPDX-License-Identifier: Apache-2.0 */
/* The traces: which cells each of them is of, and its rings, which the tracing cell reads. */
#include "tools/bulkhead/build.h"

#define RING_DEFAULT (UINT64_C(16) << 10)
#define RING_MOST    (UINT64_C(32) << 10) /* of pool memory */

/* Why the cell cannot be traced, with the cure; NULL: it can be. */
static const char *refuse(struct system *system, const struct cell *tracer, const struct cell *cell)
{
    if (cell == NULL) {
        return arena_format(&system->arena, "which is no cell (there is %s); correct the name",
                            build_cell_names(system));
    }
    if (cell == tracer) {
        return "but each record that it reads would make new ones; remove itself";
    }
    if (cell->sealed) {
        return "which is sealed, so that nobody sees what it does; remove one of the two";
    }
    if (cell->tracer == tracer) {
        return "twice; remove one";
    }
    if (cell->tracer != NULL) {
        return arena_format(&system->arena, "which '%s' traces already; remove one of the two",
                            cell->tracer->name);
    }
    return NULL;
}

/* It finds the cell by its name: what the kernel counts for it, and its number in records. */
static void build_traced(struct system *system, struct cell *tracer, unsigned i)
{
    const struct name *name = &tracer->traces.items[i];
    struct cell *cell = build_find_cell(system, name->target);
    const char *why = refuse(system, tracer, cell);

    if (why != NULL) {
        fault(&system->faults, RULE_trace_cells, tracer->path, "it traces cell '%s', %s",
              name->target, why);
        return;
    }
    cell->tracer = tracer;
    cell->traced = i + 1;
    cell->cell_object.kept = true;
    build_cap(system, tracer, name->local, &cell->cell_object)->rights = BH_CELL_INFO;
    build_value(system, tracer, name->local, cell->traced);
}

/* Memory of the root pool: like the trace it outlives the cell that reads it. */
static void build_ring(struct system *system, struct cell *tracer, unsigned core)
{
    const char *name = arena_format(&system->arena, "trace-%u", core);
    struct memory *ring = arena_alloc(&system->arena, sizeof *ring);

    *ring = (struct memory){.path = tracer->path, .use = name, .size = tracer->trace_ring};
    ring->object = (struct object){.type = BH_MEMORY, .name = name, .number = ring->size};
    list_add(&system->arena, &system->extras, &ring->object);
    tracer->rings[core] = ring;
    build_view(system, tracer, name, ring, BH_MAP_READ);
}

void build_trace(struct system *system, struct cell *cell)
{
    uint64_t size = cell->trace_ring;

    if (cell->traces.count == 0 && size == 0) {
        return;
    }
    if (cell->traces.count == 0) {
        fault(&system->faults, RULE_trace_cells, cell->path,
              "it has trace-ring, but traces no cell; add traces, or remove it");
    }
    if (size != 0 && (size < PAGE || size > RING_MOST || (size & (size - 1)) != 0)) {
        fault(&system->faults, RULE_number_range, cell->path,
              "trace-ring is %llu bytes; it must be a power of two, KIB(4) to KIB(32)",
              (unsigned long long)size);
        size = 0;
    }
    cell->trace_ring = size == 0 ? RING_DEFAULT : size;
    cell->trace = (struct object){.type = BH_TRACE, .name = cell->name};
    list_add(&system->arena, &system->extras, &cell->trace);
    for (unsigned i = 0; i < board_core_count(&system->board); i++) {
        build_ring(system, cell, i);
    }
    for (unsigned i = 0; i < cell->traces.count; i++) {
        build_traced(system, cell, i);
    }
}
