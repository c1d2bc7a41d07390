/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the ordinary hand-over of a fault or an exit (docs/design.md, section 3), and where each
 * call goes. Whatever is not ordinary is message.c's. */
#include "kernel/core/ipc.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"
#include "kernel/lib/string.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"
#include "kernel/sched/sched.h"

/* A thread that runs is READY: one word has that and its depth. */
struct resume entry_event(struct thread *current, struct cpu *cpu, enum bh_event event)
{
    const struct slot *cap = &current->handler;
    struct object *object = slot_object(cap);
    unsigned run = RUN(current);
    object = likely(object) ? slot_object(&endpoint_of(object)->server) : NULL;
    if (unlikely(!object || thread_of(object)->receptive != cpu ||
                 (run & RUN_DEPTH(BH_CHAIN_MAX)) || (cpu->world & WORLD_TRACED))) {
        return message_fault(current, cpu, event);
    }
    struct thread *server = thread_of(object);
    current->state = THREAD_CALLING;
    current->awaits = (uint8_t)event;
    RUN(server) = (uint16_t)(run + RUN_DEPTH(1));
    link_server(current, server, event, cap->badge);
    cpu->current = server;
    return arch_enter(server, cpu->words, cpu);
}

/* Nobody learns more than the kind. */
static COLD struct resume fault_sealed(struct thread *current, struct cpu *cpu)
{
    uint64_t kind = cpu->words[0];
    words_zero(cpu->words, sizeof(cpu->words));
    cpu->words[0] = kind;
    return entry_event(current, cpu, BH_EVENT_FAULT);
}

struct resume entry_fault(struct thread *current, struct cpu *cpu)
{
    (void)atomic_add(&current->cell->fault_count, 1u);
    if (unlikely(current->cell->sealed)) {
        return fault_sealed(current, cpu);
    }
    return entry_event(current, cpu, BH_EVENT_FAULT);
}

struct resume entry_call(struct thread *current, struct cpu *cpu)
{
    switch (current->frame.x[REG_CALL]) {
    case CALL_call:
        return message_call(current, cpu);
    case CALL_reply_wait:
        return message_reply_wait(current, cpu);
    default:
        return call_method(current, cpu);
    }
}
