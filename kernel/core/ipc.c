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

/* Hand the fault or exit in the core's words to the thread's handler. */
static NOINLINE struct resume event_send(struct thread *current, struct cpu *cpu,
                                         enum bh_event event)
{
    const struct slot *cap = &current->handler;
    struct object *object = slot_object(cap);
    object = likely(object) ? slot_object(&endpoint_of(object)->server) : NULL;
    if (unlikely(!object || thread_of(object)->receptive != cpu || current->depth == BH_CHAIN_MAX ||
                 trace_on(current))) {
        return message_fault(current, cpu, event);
    }
    struct thread *server = thread_of(object);
    current->state = THREAD_CALLING;
    current->awaits = (uint8_t)event;
    link_server(current, server, event, cap->badge);
    cpu->current = server;
    return arch_enter(cpu, server, cpu->words);
}

struct resume entry_fault(struct thread *current, struct cpu *cpu)
{
    (void)atomic_add(&current->cell->fault_count, 1u);
    if (unlikely(current->cell->sealed)) { /* nobody learns more than the kind */
        words_zero(&cpu->words[1], sizeof(cpu->words) - sizeof(cpu->words[0]));
    }
    return event_send(current, cpu, BH_EVENT_FAULT);
}

struct resume entry_exit(struct thread *current, struct cpu *cpu)
{
    return event_send(current, cpu, BH_EVENT_EXIT);
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
