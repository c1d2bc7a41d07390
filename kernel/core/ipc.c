/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the ordinary hand-over of a message, a fault or an exit, and of the answer: what is counted
 * in instructions (docs/design.md, section 3). Whatever is not ordinary is message.c's. */
#include "kernel/core/ipc.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"
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
    link_call(current, server, event, cap->badge);
    cpu->current = server;
    return sched_enter(cpu, server, cpu->words);
}

/* Of a sealed cell nobody learns more than the kind of fault. */
static COLD void fault_hide(struct cpu *cpu)
{
    /* bound: 8 words */
    for (unsigned i = 1; i < BH_MESSAGE_WORDS; i++) {
        cpu->words[i] = 0;
    }
}

struct resume entry_fault(struct thread *current, struct cpu *cpu)
{
    (void)atomic_add(&current->cell->fault_count, 1u);
    if (unlikely(current->cell->sealed)) {
        fault_hide(cpu);
    }
    return event_send(current, cpu, BH_EVENT_FAULT);
}

struct resume entry_exit(struct thread *current, struct cpu *cpu)
{
    return event_send(current, cpu, BH_EVENT_EXIT);
}

/* The server waits again, plainly; its caller is ready. */
static ALWAYS_INLINE void reply_link(struct thread *current, struct cpu *cpu, struct thread *caller)
{
    caller->state = THREAD_READY;
    caller->recv_slot = 0;
    current->caller = NULL;
    current->depth = 0;
    current->state = THREAD_WAITING;
    current->receptive = cpu;
    cpu->current = caller;
}

/* The ordinary answer of a vmm. */
static NOINLINE struct resume reply_exit(struct thread *current, struct cpu *cpu)
{
    struct thread *caller = current->caller;
    if (unlikely(caller->awaits != BH_EVENT_EXIT || current->frame.x[REG_CAP] != BH_RESUME)) {
        return message_reply_wait(current, cpu);
    }
    arch_exit_complete(vcpu_of(caller), current->frame.x);
    reply_link(current, cpu, caller);
    return sched_enter(cpu, caller, caller->frame.x);
}

static NOINLINE struct resume reply_wait(struct thread *current, struct cpu *cpu)
{
    const uint64_t *x = current->frame.x;
    if (unlikely(x[REG_CALL] != CALL_reply_wait)) {
        return call_method(current, cpu);
    }
    struct thread *caller = current->caller;
    uint64_t other_deadline = x[REG_DEADLINE] ^ current->deadline.when;
    uint64_t queued = (uintptr_t)current->queue.next ^ (uintptr_t)&current->queue;
    if (unlikely(!caller || (x[REG_SEND] | x[REG_SLOT] | other_deadline | current->signals |
                             queued | cpu->indirect) != 0)) {
        return message_reply_wait(current, cpu);
    }
    if (unlikely(caller->awaits != BH_EVENT_MESSAGE || x[REG_CAP] != BH_REPLY)) {
        return reply_exit(current, cpu);
    }
    caller->frame.x[REG_STATUS] = BH_OK;
    caller->frame.x[REG_SLOT] = 0;
    reply_link(current, cpu, caller);
    if (likely(arch_switch_plain(cpu, caller))) {
        return (struct resume){caller, x};
    }
    return sched_enter(cpu, caller, x);
}

/* ---- every call ---- */

struct resume entry_call(struct thread *current, struct cpu *cpu)
{
    const uint64_t *x = current->frame.x;
    if (unlikely(x[REG_CALL] != CALL_call)) {
        return reply_wait(current, cpu);
    }
    const struct slot *cap = cap_slot_or_empty(current->cell, x[REG_CAP]);
    const struct slot_view view = slot_look(cap);
    if (unlikely(!word_allows(view.word, BH_ENDPOINT, BH_ENDPOINT_SEND) ||
                 (x[REG_SEND] | x[REG_SLOT]) != 0)) {
        return message_call(current, cpu);
    }
    struct object *object = slot_object(&endpoint_of(word_object(view.word))->server);
    if (unlikely(!object || thread_of(object)->receptive != cpu || current->depth == BH_CHAIN_MAX ||
                 slot_changed(cap, view))) {
        return message_call(current, cpu);
    }
    struct thread *server = thread_of(object);
    link_call(current, server, BH_EVENT_MESSAGE, view.badge);
    cpu->current = server;
    if (likely(arch_switch_plain(cpu, server))) {
        return (struct resume){server, x};
    }
    return sched_enter(cpu, server, x);
}
