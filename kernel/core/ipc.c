/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a message, a fault or an exit goes to a server and how the answer comes back
 * (docs/design.md, section 3). The ordinary hand-over comes first in each entry function. */
#include "kernel/core/ipc.h"

#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"
#include "kernel/core/event.h"
#include "kernel/lib/log.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/vcpu.h"
#include "kernel/sched/deadline.h"
#include "kernel/sched/sched.h"

/* What a call wants: the endpoint's capability, and the capabilities that travel. */
struct call {
    struct thread *server;
    struct slot *send; /* NULL: none */
    uint64_t badge;
};

static void words_copy(struct thread *to, const uint64_t *words)
{
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        to->frame.x[i] = words[i];
    }
}

/* Hand the capability in slot to the receiver's named slot: a child of it. */
static status capability_pass(struct slot *send, struct thread *receiver, bool check_only)
{
    struct slot *empty = NULL;
    if (!send) {
        return BH_OK;
    }
    status result = receiver->recv_slot == 0
                        ? BH_NO_SLOT
                        : cap_find_empty(receiver->cell, receiver->recv_slot, &empty);
    if (result != BH_OK) {
        return result;
    }
    if (cap_closed(send)) {
        return BH_BUSY;
    }
    if (!check_only) {
        cap_put_child(empty, receiver->cell, send, cap_terms_of(send));
    }
    return BH_OK;
}

/* Link caller and server; the server's event registers are set by the caller of this. */
static ALWAYS_INLINE void link_call(struct thread *caller, struct thread *server,
                                    enum bh_event event, uint64_t badge)
{
    caller->state = THREAD_CALLING;
    caller->awaits = (uint8_t)event;
    caller->callee = server;
    server->caller = caller;
    server->depth = (uint8_t)(caller->depth + 1);
    server->state = THREAD_READY;
    server->receptive = NULL;
    server->frame.x[REG_STATUS] = BH_OK;
    server->frame.x[REG_BADGE] = badge;
    server->frame.x[REG_EVENT] = event;
    server->frame.x[REG_SLOT] = 0;
}

/* ---- the call, checked in full ---- */

static status call_check_slots(struct thread *current, struct slot *cap, struct call *call)
{
    const uint64_t *x = current->frame.x;
    struct slot *empty = NULL;
    call->send = NULL;
    if ((x[REG_SEND] | x[REG_SLOT]) == 0) {
        return BH_OK;
    }
    if (!(slot_rights(cap) & BH_ENDPOINT_GRANT)) {
        return BH_NO_RIGHT;
    }
    if (x[REG_SLOT] != 0 && cap_find_empty(current->cell, x[REG_SLOT], &empty) != BH_OK) {
        return BH_NO_SLOT;
    }
    if (x[REG_SEND] != 0) {
        return cap_find(current->cell, x[REG_SEND], (struct cap_need){TYPE_ANY, 0}, &call->send);
    }
    return BH_OK;
}

static status call_check_server(const struct thread *current, const struct slot *endpoint_cap,
                                struct call *call)
{
    call->server =
        slot_full(endpoint_cap) ? endpoint_server(endpoint_of(slot_object(endpoint_cap))) : NULL;
    call->badge = endpoint_cap->badge;
    if (!call->server || call->server->state == THREAD_SUSPENDED) {
        return BH_DOWN;
    }
    if (call->server->cpu != current->cpu) {
        return BH_OTHER_CORE;
    }
    return current->depth == BH_CHAIN_MAX ? BH_DEADLOCK : BH_OK;
}

static status call_check(struct thread *current, struct call *call)
{
    static const struct cap_need need = {TYPE_BIT(BH_ENDPOINT), BH_ENDPOINT_SEND};
    struct slot *cap = NULL;
    status result = cap_find(current->cell, current->frame.x[REG_CAP], need, &cap);
    if (result == BH_OK) {
        result = call_check_slots(current, cap, call);
    }
    if (result == BH_OK) {
        result = call_check_server(current, cap, call);
    }
    return result;
}

static void call_finish(struct thread *thread, status result)
{
    thread->frame.x[REG_STATUS] = result;
    thread->frame.x[REG_SLOT] = 0;
    thread->state = THREAD_READY;
}

static void call_commit(struct thread *current, const struct call *call)
{
    struct thread *server = call->server;
    link_call(current, server, BH_EVENT_MESSAGE, call->badge);
    words_copy(server, current->frame.x);
    if (call->send) {
        status passed = capability_pass(call->send, server, false);
        ASSERT(passed == BH_OK);
        server->frame.x[REG_SLOT] = 1;
    }
    server->recv_slot = 0;
    current->recv_slot = (uint32_t)current->frame.x[REG_SLOT];
}

/* A server that waits with signals pending has no budget: the signals come first, on the
 * caller's time. */
static bool server_waits(struct thread *server)
{
    event_deliver_pending(server);
    return server->state == THREAD_WAITING;
}

/* Make the call of a thread. True: it is over or under way. False: the server is busy. */
static bool call_attempt(struct thread *current, struct thread **busy)
{
    struct call call = {0};
    status result = call_check(current, &call);
    if (result == BH_OK && !server_waits(call.server)) {
        *busy = call.server;
        return false;
    }
    if (result == BH_OK) {
        result = capability_pass(call.send, call.server, true);
    }
    if (result == BH_OK) {
        call_commit(current, &call);
    } else {
        call_finish(current, result);
    }
    return true;
}

/* A fault or exit that found its handler busy: run the thread again as soon as the handler is
 * free. */
static bool fault_attempt(struct thread *current, struct thread **busy)
{
    struct call call = {0};
    if (call_check_server(current, &current->handler, &call) == BH_OK &&
        !server_waits(call.server)) {
        *busy = call.server;
        return false;
    }
    current->state = THREAD_READY;
    return true;
}

static bool retry_attempt(struct thread *thread, struct thread **busy)
{
    return thread->awaits == BH_EVENT_MESSAGE ? call_attempt(thread, busy)
                                              : fault_attempt(thread, busy);
}

/* A chain grew too long behind a thread that helps: its call fails, its fault stops it. */
static void retry_give_up(struct thread *thread)
{
    if (thread->awaits == BH_EVENT_MESSAGE) {
        ipc_abort(thread, BH_DEADLOCK);
    } else {
        thread_suspend(thread);
    }
}

struct thread *ipc_chain_end(struct thread *thread, const struct thread *start)
{
    struct thread *retry = NULL;
    unsigned left = start ? BH_CHAIN_MAX - 1 : 2 * BH_CHAIN_MAX;
    while (thread != start) {
        struct thread *next = NULL;
        switch ((enum thread_state)thread->state) {
        case THREAD_CALLING:
            next = thread->callee;
            break;
        case THREAD_RETRY:
            if (retry_attempt(thread, &next)) {
                continue;
            }
            thread->cpu->helping = 1;
            retry = thread;
            break;
        case THREAD_IDLE: /* somebody helps a vCPU that sleeps: WFI may end at any time */
            vcpu_wake(vcpu_of(thread));
            return thread;
        case THREAD_READY:
        case THREAD_SUSPENDED:
        case THREAD_WAITING:
            return thread;
        }
        if (left-- == 0) {
            break;
        }
        thread = next;
    }
    if (!start) {
        ASSERT(retry);
        retry_give_up(retry);
    }
    return NULL;
}

/* The ordinary path did not fit: all checks, all cases. */
static COLD struct resume call_slow(struct thread *current, struct cpu *cpu)
{
    struct thread *busy = NULL;
    current->awaits = BH_EVENT_MESSAGE;
    if (!call_attempt(current, &busy)) {
        if (ipc_chain_end(busy, current)) {
            current->state = THREAD_RETRY;
        } else {
            call_finish(current, BH_DEADLOCK);
        }
    }
    return sched_next(cpu);
}

/* ---- the kernel's own calls: faults and exits ---- */

static COLD struct resume handler_slow(struct thread *current, struct cpu *cpu, enum bh_event event)
{
    struct call call = {0};
    struct thread *busy = NULL;
    current->awaits = (uint8_t)event;
    status result = call_check_server(current, &current->handler, &call);
    if (result == BH_OK && !server_waits(call.server)) {
        busy = call.server;
        result = ipc_chain_end(busy, current) ? BH_OK : BH_DEADLOCK;
    }
    if (result != BH_OK) {
        thread_suspend(current);
    } else if (busy) {
        current->state = THREAD_RETRY;
    } else {
        link_call(current, call.server, event, call.badge);
        call.server->recv_slot = 0;
        words_copy(call.server, cpu->words);
    }
    return sched_next(cpu);
}

/* Link the thread to its handler's server; NULL: not the ordinary case, nothing was done. */
static ALWAYS_INLINE struct thread *handler_link(struct thread *current, struct cpu *cpu,
                                                 enum bh_event event)
{
    const struct slot *cap = &current->handler;
    struct object *object = slot_object(cap);
    object = likely(object) ? slot_object(&endpoint_of(object)->server) : NULL;
    if (unlikely(!object || thread_of(object)->receptive != cpu ||
                 current->depth == BH_CHAIN_MAX)) {
        return NULL;
    }
    struct thread *server = thread_of(object);
    link_call(current, server, event, cap->badge);
    cpu->current = server;
    return server;
}

/* Of a sealed cell nobody learns more than the kind of fault. */
static COLD void fault_hide(struct cpu *cpu)
{
    for (unsigned i = 1; i < BH_MESSAGE_WORDS; i++) {
        cpu->words[i] = 0;
    }
}

struct resume entry_fault(struct thread *current, struct cpu *cpu)
{
    current->cell->fault_count++;
    if (unlikely(current->cell->sealed)) {
        fault_hide(cpu);
    }
    struct thread *server = handler_link(current, cpu, BH_EVENT_FAULT);
    return server ? sched_enter(cpu, server, cpu->words)
                  : handler_slow(current, cpu, BH_EVENT_FAULT);
}

struct resume entry_exit(struct thread *current, struct cpu *cpu)
{
    struct thread *server = handler_link(current, cpu, BH_EVENT_EXIT);
    if (unlikely(!server)) {
        return handler_slow(current, cpu, BH_EVENT_EXIT);
    }
    return sched_enter(cpu, server, cpu->words);
}

/* ---- the reply ---- */

/* Actions that may answer each event. */
static const uint8_t allowed_actions[] = {
    [BH_EVENT_MESSAGE] = 1 << BH_REPLY,
    [BH_EVENT_FAULT] = 1 << BH_RESUME | 1 << BH_STOP | 1 << BH_ABORT,
    [BH_EVENT_EXIT] = 1 << BH_RESUME | 1 << BH_BLOCK | 1 << BH_STOP | 1 << BH_ABORT,
};
static_assert(BH_ABORT < 8, "a byte has room for every action");
static_assert((int)REG_BADGE == (int)REG_CAP && (int)REG_EVENT == (int)REG_SEND,
              "answers come where questions were");

/* Does the action fit what is owed? */
static status reply_check_action(const struct thread *current, uint64_t action)
{
    const struct thread *caller = current->caller;
    if (action > BH_ABORT) {
        return BH_BAD_ARG;
    }
    if (!caller) {
        return action == BH_WAIT_ONLY ? BH_OK : BH_NO_CALLER;
    }
    bool fits = allowed_actions[caller->awaits] >> action & 1;
    if (action == BH_ABORT) {
        fits = fits && caller->is_vcpu && arch_abort_fits(vcpu_of(current->caller));
    }
    return fits ? BH_OK : BH_BAD_ARG;
}

static status reply_check(struct thread *current, struct slot **send)
{
    const uint64_t *x = current->frame.x;
    struct slot *empty = NULL;
    status result = reply_check_action(current, x[REG_CAP]);
    if (result == BH_OK && x[REG_SEND] != 0 && x[REG_CAP] != BH_REPLY) {
        result = BH_BAD_ARG;
    }
    if (result == BH_OK && x[REG_SEND] != 0) {
        result = cap_find(current->cell, x[REG_SEND], (struct cap_need){TYPE_ANY, 0}, send);
    }
    if (result == BH_OK && x[REG_SLOT] != 0) {
        result = cap_find_empty(current->cell, x[REG_SLOT], &empty);
    }
    return result == BH_OK && *send ? capability_pass(*send, current->caller, true) : result;
}

/* The answer to an exit: complete the instruction, then go on or sleep. */
static void exit_complete(struct thread *caller, const uint64_t *words, enum bh_action action)
{
    struct vcpu *vcpu = vcpu_of(caller);
    arch_exit_complete(vcpu, words);
    caller->state = THREAD_READY;
    if (action == BH_BLOCK && !arch_virq_deliverable(vcpu) && !caller->caller) {
        vcpu_idle(vcpu, arch_vcpu_deadline(vcpu));
    }
}

static void reply_commit(struct thread *current, struct slot *send)
{
    struct thread *caller = current->caller;
    enum bh_action action = (enum bh_action)current->frame.x[REG_CAP];
    current->caller = NULL;
    current->depth = 0;
    if (action == BH_STOP) {
        caller->state = THREAD_READY;
        thread_suspend(caller);
    } else if (action == BH_ABORT) {
        arch_vcpu_abort(vcpu_of(caller));
        caller->state = THREAD_READY;
    } else if (caller->awaits == BH_EVENT_MESSAGE) {
        words_copy(caller, current->frame.x);
        call_finish(caller, BH_OK);
        if (send) {
            status passed = capability_pass(send, caller, false);
            ASSERT(passed == BH_OK);
            caller->frame.x[REG_SLOT] = 1;
        }
    } else if (caller->awaits == BH_EVENT_EXIT) {
        exit_complete(caller, current->frame.x, action);
    } else {
        caller->state = THREAD_READY;
    }
    caller->recv_slot = 0;
}

static void wait_commit(struct thread *current)
{
    const uint64_t *x = current->frame.x;
    uint64_t deadline = x[REG_DEADLINE];
    current->recv_slot = (uint32_t)x[REG_SLOT];
    current->state = THREAD_WAITING;
    if (current->signals != 0) {
        uint64_t bits = current->signals;
        current->signals = 0;
        event_deliver(current, BH_EVENT_SIGNAL, bits);
    } else if (deadline != 0 && deadline <= arch_now()) {
        deadline_remove(current);
        event_deliver(current, BH_EVENT_DEADLINE, 0);
    } else {
        deadline_set(current, deadline);
        current->receptive = current->recv_slot == 0 ? current->cpu : NULL;
    }
    if (current->state == THREAD_READY) {
        sched_wake(current);
    } else {
        sched_block(current);
    }
}

static COLD struct resume reply_wait_slow(struct thread *current, struct cpu *cpu)
{
    struct slot *send = NULL;
    status result = reply_check(current, &send);
    if (result != BH_OK) {
        current->frame.x[REG_STATUS] = result;
        current->frame.x[REG_SLOT] = 0;
        return sched_resume(cpu);
    }
    if (current->caller) {
        reply_commit(current, send);
    }
    wait_commit(current);
    return sched_next(cpu);
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
        return reply_wait_slow(current, cpu);
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
    if (unlikely(!caller || (x[REG_SEND] | x[REG_SLOT] | other_deadline | current->signals |
                             cpu->helping) != 0)) {
        return reply_wait_slow(current, cpu);
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
    if (unlikely(!slot_allows(cap, BH_ENDPOINT, BH_ENDPOINT_SEND) ||
                 (x[REG_SEND] | x[REG_SLOT]) != 0)) {
        return call_slow(current, cpu);
    }
    struct object *object = slot_object(&endpoint_of(slot_object(cap))->server);
    if (unlikely(!object || thread_of(object)->receptive != cpu ||
                 current->depth == BH_CHAIN_MAX)) {
        return call_slow(current, cpu);
    }
    struct thread *server = thread_of(object);
    link_call(current, server, BH_EVENT_MESSAGE, cap->badge);
    cpu->current = server;
    if (likely(arch_switch_plain(cpu, server))) {
        return (struct resume){server, x};
    }
    return sched_enter(cpu, server, x);
}

/* ---- ends ---- */

/* Callers above each thread of a chain, counted anew from its first. */
static void chain_renumber(struct thread *first)
{
    uint8_t depth = 0;
    first->depth = 0;
    for (struct thread *t = first; t->state == THREAD_CALLING; t = t->callee) {
        t->callee->depth = ++depth;
    }
}

void ipc_orphan_callee(struct thread *thread)
{
    struct thread *callee = thread->callee;
    callee->caller = NULL;
    thread->callee = NULL;
    chain_renumber(callee);
    sched_wake(callee);
    thread->cpu->resched = 1;
}

void ipc_abort(struct thread *thread, status why)
{
    if (thread->awaits != BH_EVENT_MESSAGE ||
        (thread->state != THREAD_CALLING && thread->state != THREAD_RETRY)) {
        if (thread->state == THREAD_RETRY) {
            thread->state = THREAD_READY;
        }
        return;
    }
    if (thread->state == THREAD_CALLING) {
        ipc_orphan_callee(thread);
    }
    thread->recv_slot = 0;
    call_finish(thread, why);
    thread->cpu->resched = 1;
}

void ipc_fail_caller(struct thread *thread)
{
    struct thread *caller = thread->caller;
    if (!caller) {
        return;
    }
    thread->caller = NULL;
    chain_renumber(thread);
    caller->callee = NULL;
    caller->recv_slot = 0;
    thread->cpu->resched = 1;
    if (caller->awaits == BH_EVENT_MESSAGE) {
        call_finish(caller, BH_DOWN);
    } else {
        caller->state = THREAD_READY; /* it faults again and finds its handler down */
    }
    sched_wake(caller);
}
