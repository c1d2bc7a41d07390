/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how an event becomes a record, and who may see it: the trace that its cell is under. */
#include "kernel/obj/trace.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/obj/budget.h"

void trace_event(const struct thread *thread, enum bh_trace_event event, uint64_t a, uint64_t b)
{
    const struct slot *watch = &thread->cell->trace;
    if (watch->word == 0) {
        return;
    }
    unsigned core = cpu_this()->id;
    struct ring *ring = &trace_of(slot_object(watch))->rings[core];
    if (ring->memory.word == 0) {
        return;
    }
    uint64_t now = arch_now();
    struct bh_trace_record *record = (struct bh_trace_record *)(void *)ring->first + 1 + ring->next;
    /* Who sees part of this record also sees the head that says that the oldest one is gone. */
    __atomic_thread_fence(__ATOMIC_RELEASE);
    record->time = now;
    record->event = (uint8_t)event;
    record->core = (uint8_t)core;
    record->cell = (uint16_t)watch->badge;
    record->thread = thread->number;
    record->a = a;
    record->b = b;
    ring->next = ring->next + 1 < ring->records ? ring->next + 1 : 0;
    __atomic_store_n(&ring->first->head, ++ring->head, __ATOMIC_RELEASE);
}

void trace_call(const struct thread *thread)
{
    trace_event(thread, BH_TRACE_CALL, thread->frame.x[REG_CALL], thread->frame.x[REG_CAP]);
}

static_assert((int)BH_TRACE_STOPPED == (int)THREAD_SUSPENDED &&
                  (int)BH_TRACE_READY == (int)THREAD_READY &&
                  (int)BH_TRACE_BUSY == (int)THREAD_RETRY &&
                  (int)BH_TRACE_CALLING == (int)THREAD_CALLING &&
                  (int)BH_TRACE_WAITING == (int)THREAD_WAITING &&
                  (int)BH_TRACE_IDLE == (int)THREAD_IDLE && (int)BH_TRACE_AWAY == (int)THREAD_AWAY,
              "a state is told as it is");

void trace_switch(struct cpu *cpu, struct thread *to)
{
    const struct thread *from = cpu->traced;
    const struct budget *budget = cpu->budget;
    cpu->traced = NULL;
    if (trace_on(to)) {
        cpu->traced = to;
        cpu->indirect |= INDIRECT_TRACED;
    }
    if (from == to) {
        return;
    }
    if (from) {
        trace_event(from, BH_TRACE_OUT, from->state, 0);
    }
    bool own = budget && budget->thread == to;
    trace_event(to, BH_TRACE_IN, own ? budget->priority : BH_TRACE_OTHER,
                cpu->plan.boundary << 8 | cpu->plan.window);
}

void trace_unwatched(struct slot *binding)
{
    struct cell *cell = container_of(binding, struct cell, trace);
    cell->marks &= (uint8_t)~MARK_TRACED;
    cell->fast_count = cell->slot_count;
    cpu_this()->resched = 1;
}
