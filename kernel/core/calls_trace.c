/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on traces: their rings, their cells. */
#include "kernel/core/calls.h"
#include "kernel/obj/core.h"
#include "kernel/obj/trace.h"

status do_trace_ring(struct request *request)
{
    struct cpu *cpu = core_cpu(request->x[0]);
    if (!cpu) {
        return BH_BAD_ARG;
    }
    if (cpu != request->cpu && cpu_online(cpu)) {
        request->cpu->where = cpu;
        return STATUS_MOVE;
    }
    struct memory *memory = memory_of(slot_object(request->argument));
    struct ring *ring = &trace_of(request->object)->rings[cpu->id];
    if (!memory->pooled) {
        return BH_BAD_ARG;
    }
    status result = cap_bind(&ring->memory, request->argument);
    if (result == BH_OK) {
        ring->first = memory_kernel(memory);
        ring->head = ring->next = 0;
        ring->records = (uint32_t)(memory->size / sizeof(struct bh_trace_record)) - 1;
        *ring->first = (struct bh_trace_ring){0, BH_TRACE_MAGIC, ring->records, cpu->id, 0};
        cpu->tracing = 1;
    }
    return result;
}

status do_trace_watch(struct request *request)
{
    uint64_t number = request->x[1];
    struct cell *cell = cell_of(slot_object(request->argument));
    if (number - 1 >= BH_TRACE_CELLS) {
        return BH_BAD_ARG;
    }
    if (cell->trace.word != 0 || cap_closed(request->cap)) {
        return BH_BUSY;
    }
    cap_put_child(&cell->trace, NULL, request->cap,
                  (struct cap_terms){slot_rights(request->cap), number});
    cell->marks |= MARK_TRACED;
    cell->fast_count = 0;
    request->cpu->resched = 1; /* it may be the cell that runs: let it be seen */
    return BH_OK;
}
