/* SPDX-License-Identifier: Apache-2.0 */
/* Trace: a ring of events for each core, about the cells that were put under it. */
#pragma once

#include "abi/trace.h"
#include "kernel/core/cpu.h"
#include "kernel/obj/memory.h"

struct ring {
    struct slot memory;          /* MEMORY: pool memory; empty: no ring. The rest is its core's */
    struct bh_trace_ring *first; /* where the kernel sees it */
    uint64_t head;               /* as first->head should be: who maps it is not trusted */
    uint32_t next, records;      /* the next record's place, of so many */
    uint64_t reserved;
};

/* A traced cell has MARK_TRACED: entering or leaving its threads is never a plain switch. They make
 * their calls on the full paths (cell.fast_count is 0, cpu.indirect is set, they are not
 * receptive), where the hooks are. So the ordinary paths know nothing of traces. */
struct trace {
    struct object object;
    struct ring rings[CPU_MAX];
};
static_assert(BH_TRACE_EXIT - BH_TRACE_FAULT == BH_EVENT_EXIT - BH_EVENT_FAULT, "by event");
SLOT_LINKABLE(trace, rings);
static_assert(sizeof(struct ring) % sizeof(struct slot) == 0, "links name every ring's slot");

static inline struct trace *trace_of(struct object *object)
{
    return container_of(object, struct trace, object);
}

static inline bool trace_on(const struct thread *thread)
{
    return thread->cell->marks & MARK_TRACED;
}

/* If the thread is traced: a record about it in this core's ring. */
COLD void trace_event(const struct thread *thread, enum bh_trace_event event, uint64_t a,
                      uint64_t b);

/* The thread makes the call in its registers. */
COLD void trace_call(const struct thread *thread);

/* The core turns to this thread; it, or the one before, is traced. */
COLD void trace_switch(struct cpu *cpu, struct thread *to);

/* The cell that a lost binding is in is not traced any more. */
void trace_unwatched(struct slot *binding);
