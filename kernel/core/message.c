/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a message, a fault or an exit goes to a server and how the answer comes back, with all
 * checks and in all cases, also between cores (docs/design.md, sections 3 and 8). */
#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/cap/cap.h"
#include "kernel/core/calls.h"
#include "kernel/core/event.h"
#include "kernel/core/ipc.h"
#include "kernel/core/lock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/lib/string.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"
#include "kernel/sched/deadline.h"
#include "kernel/sched/sched.h"

/* What a call wants: the endpoint's capability, and the capabilities that travel. */
struct call {
    struct thread *server;
    struct slot *send; /* NULL: none */
    uint64_t badge;
};

static void words_put(uint64_t *to, const uint64_t *words)
{
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) { /* bound: 8 words */
        to[i] = words[i];
    }
}

/* Hand the capability in slot to the receiver's named slot: a child of it. */
static status capability_pass(struct slot *send, struct thread *receiver, bool check_only)
{
    if (!send) {
        return BH_OK;
    }
    struct slot *empty = cap_find_empty(receiver->cell, receiver->recv_slot);
    if (!empty || cap_closed(send)) {
        return empty ? BH_BUSY : BH_NO_SLOT;
    }
    if (!check_only) {
        cap_put_child(empty, receiver->cell, send, cap_terms_of(send));
    }
    return BH_OK;
}

/* The same for a caller that may be of another core: the server then runs on its own budget. */
static void link_any(struct thread *caller, struct thread *server, uint64_t badge)
{
    link_server(caller, server, (enum bh_event)caller->awaits, badge);
    server->depth = (uint8_t)(caller->depth + 1);
    server->state = THREAD_READY;
    if (caller->state == THREAD_AWAY) {
        caller->awaits |= AWAITS_REMOTE;
        caller->held = server->cpu;
        sched_wake(server);
    } else {
        caller->state = THREAD_CALLING;
    }
}

/* ---- the call, checked in full ---- */

static status call_check_slots(struct thread *current, struct call *call)
{
    const uint64_t *x = current->frame.x;
    if (x[REG_SLOT] != 0 && !cap_find_empty(current->cell, x[REG_SLOT])) {
        return BH_NO_SLOT;
    }
    if (x[REG_SEND] != 0) {
        struct cap_found found = cap_find(current->cell, x[REG_SEND], TYPE_ANY, 0);
        call->send = found.slot;
        return cap_status(found);
    }
    return BH_OK;
}

/* Of another core's server: it has a budget, or gets one at its new home. It may be moving at this
 * moment: thread_move() and budget_bind() write in the opposite order. */
static bool server_has_time(const struct thread *server)
{
    return atomic_read_acquire(&server->budget) || atomic_read_acquire(&server->moves) ||
           atomic_read_acquire(&server->budget);
}

static status call_check_server(const struct thread *current, struct slot_view cap,
                                struct call *call)
{
    struct object *endpoint = word_object(cap.word);
    call->server = endpoint ? endpoint_server(endpoint_of(endpoint)) : NULL;
    call->badge = cap.badge;
    if (!call->server || call->server->state == THREAD_SUSPENDED) {
        return BH_DOWN;
    }
    struct cpu *cpu = cpu_this(), *home = atomic_read_acquire(&call->server->cpu);
    if (home != cpu) {
        cpu->where = home;
        return current->caller || !server_has_time(call->server) ? BH_OTHER_CORE : STATUS_MOVE;
    }
    return current->depth == BH_CHAIN_MAX ? BH_DEADLOCK : BH_OK;
}

static status call_check(struct thread *current, struct call *call)
{
    const uint64_t *x = current->frame.x;
    uint32_t grant = (x[REG_SEND] | x[REG_SLOT]) != 0 ? BH_ENDPOINT_GRANT : 0;
    struct cap_found cap =
        cap_find(current->cell, x[REG_CAP], TYPE_BIT(BH_ENDPOINT), BH_ENDPOINT_SEND | grant);
    if (!cap.slot) {
        return cap_status(cap);
    }
    struct slot_view view = {cap.word, atomic_read_acquire(&cap.slot->badge)};
    if (slot_changed(cap.slot, view)) {
        return BH_STALE; /* another core took it away at this moment */
    }
    status result = call_check_slots(current, call);
    return result == BH_OK ? call_check_server(current, view, call) : result;
}

/* A call is over, and a capability came or not. A thread that is away goes home with that. Of a
 * call that fails no word is left: a fast path has not stored them. */
static void call_answer(struct thread *thread, status result, bool came)
{
    if (result != BH_OK) {
        words_zero(thread->frame.x, BH_MESSAGE_WORDS * sizeof(uint64_t));
    }
    thread->frame.x[REG_STATUS] = result;
    thread->frame.x[REG_BADGE] = 0;
    thread->frame.x[REG_EVENT] = 0;
    thread->frame.x[REG_SLOT] = came;
    thread->recv_slot = 0;
    call_ended(thread, result);
    if (thread->state == THREAD_AWAY) {
        mail_home(thread);
    } else {
        thread->state = THREAD_READY;
    }
}

/* A message that carries a capability changes what all cores share. */
static bool message_lock(const struct thread *thread)
{
    bool carries = thread->frame.x[REG_SEND] != 0;
    if (carries) {
        lock_take();
    }
    return carries;
}

static void message_unlock(bool locked)
{
    if (locked) {
        lock_release();
    }
}

/* The words of a fault or exit are the core's, or came with the thread from another one. */
static void send_commit(struct thread *current, const struct call *call, bool message)
{
    struct thread *server = call->server;
    const uint64_t *fault = current->state == THREAD_AWAY ? current->words : cpu_this()->words;
    link_any(current, server, call->badge);
    words_put(server->frame.x, message ? current->frame.x : fault);
    if (call->send) {
        status passed = capability_pass(call->send, server, false);
        ASSERT(passed == BH_OK);
        server->frame.x[REG_SLOT] = 1;
    }
    server->recv_slot = 0;
    if (message) {
        current->recv_slot = (uint32_t)current->frame.x[REG_SLOT];
    }
}

/* A server that waits with signals pending has no budget: the signals come first, on the
 * caller's time. */
static bool server_waits(struct thread *server)
{
    event_deliver_pending(server);
    return server->state == THREAD_WAITING;
}

/* Send what the thread awaits an answer to: its call, or its fault or exit to its handler. OK: it
 * is over or under way. MOVE: on the server's core. BUSY: when *busy is free. Else a fault or exit
 * has no handler. */
static status send_make(struct thread *current, struct thread **busy)
{
    struct call call = {0};
    bool message = current->awaits == BH_EVENT_MESSAGE, locked = message && message_lock(current);
    status result = message ? call_check(current, &call)
                            : call_check_server(current, slot_look(&current->handler), &call);
    if (result == BH_OK && !server_waits(call.server)) {
        *busy = call.server;
        result = BH_BUSY;
    } else if (result == BH_OK) {
        result = capability_pass(call.send, call.server, true);
    }
    if (result == BH_OK) {
        send_commit(current, &call, message);
    } else if (message && result != STATUS_MOVE && !*busy) {
        call_answer(current, result, false);
        result = BH_OK;
    }
    message_unlock(locked);
    return result;
}

/* The same for a thread of this core. True: it is over, under way or away; or the thread stops. */
static bool send_attempt(struct thread *current, struct thread **busy)
{
    status result = send_make(current, busy);
    if (result == STATUS_MOVE) {
        words_put(current->words, cpu_this()->words);
        mail_leave(current, cpu_this()->where, MAIL_SEND);
    } else if (result != BH_OK && !*busy) {
        thread_suspend(current);
    }
    return !*busy;
}

/* A fault or exit that found its handler busy: run the thread again as soon as the handler is
 * free. */
static bool fault_attempt(struct thread *current, struct thread **busy)
{
    struct call call = {0};
    if (call_check_server(current, slot_look(&current->handler), &call) == BH_OK &&
        !server_waits(call.server)) {
        *busy = call.server;
        return false;
    }
    current->state = THREAD_READY;
    return true;
}

static bool retry_attempt(struct thread *thread, struct thread **busy)
{
    return thread->awaits == BH_EVENT_MESSAGE ? send_attempt(thread, busy)
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
    while (thread != start) { /* bound: 16 links of a chain */
        struct thread *next = NULL;
        switch ((enum thread_state)thread->state) {
        case THREAD_CALLING:
            next = thread->callee;
            break;
        case THREAD_RETRY:
            if (retry_attempt(thread, &next)) {
                continue;
            }
            thread->cpu->indirect = INDIRECT_HELPS;
            retry = thread;
            break;
        case THREAD_IDLE: /* somebody helps a vCPU that sleeps: WFI may end at any time */
            vcpu_wake(vcpu_of(thread));
            return thread;
        case THREAD_READY:
        case THREAD_SUSPENDED:
        case THREAD_WAITING:
        case THREAD_AWAY:
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

static struct resume send_first(struct thread *current, struct cpu *cpu, enum bh_event event)
{
    struct thread *busy = NULL;
    current->awaits = (uint8_t)event;
    if (!send_attempt(current, &busy)) {
        bool waits = ipc_chain_end(busy, current);
        current->state = THREAD_RETRY;
        if (!waits) {
            retry_give_up(current);
        }
    }
    return sched_next(cpu);
}

struct resume message_call(struct thread *current, struct cpu *cpu)
{
    trace_call(current);
    return send_first(current, cpu, BH_EVENT_MESSAGE);
}

struct resume message_fault(struct thread *current, struct cpu *cpu, enum bh_event event)
{
    trace_event(current, event - BH_EVENT_FAULT + BH_TRACE_FAULT, cpu->words[0], cpu->words[1]);
    return send_first(current, cpu, event);
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
    bool fits = allowed_actions[caller->awaits & ~AWAITS_REMOTE] >> action & 1;
    if (action == BH_ABORT) {
        fits = fits && caller->is_vcpu && arch_abort_fits(vcpu_of(current->caller));
    }
    return fits ? BH_OK : BH_BAD_ARG;
}

static status reply_check(struct thread *current, struct slot **send)
{
    const uint64_t *x = current->frame.x;
    status result = reply_check_action(current, x[REG_CAP]);
    if (result == BH_OK && x[REG_SEND] != 0 && x[REG_CAP] != BH_REPLY) {
        result = BH_BAD_ARG;
    }
    if (result == BH_OK && x[REG_SEND] != 0) {
        struct cap_found found = cap_find(current->cell, x[REG_SEND], TYPE_ANY, 0);
        *send = found.slot;
        result = cap_status(found);
    }
    if (result == BH_OK && x[REG_SLOT] != 0 && !cap_find_empty(current->cell, x[REG_SLOT])) {
        result = BH_NO_SLOT;
    }
    return result == BH_OK && *send ? capability_pass(*send, current->caller, true) : result;
}

static void reply_message(struct thread *current, struct thread *caller, struct slot *send)
{
    words_put(caller->frame.x, current->frame.x);
    if (send) {
        status passed = capability_pass(send, caller, false);
        ASSERT(passed == BH_OK);
    }
    call_answer(caller, BH_OK, send != NULL);
}

void ipc_verdict(struct thread *caller, enum bh_action action)
{
    caller->state = THREAD_READY;
    if (action == BH_STOP) {
        thread_suspend(caller);
    } else if (action == BH_ABORT) {
        arch_vcpu_abort(vcpu_of(caller));
    } else if (action == BH_BLOCK && !arch_virq_deliverable(vcpu_of(caller)) && !caller->caller) {
        vcpu_idle(vcpu_of(caller), arch_vcpu_deadline(vcpu_of(caller)));
    }
}

/* The answer to a fault or exit: complete the instruction; then what is decided at its home. */
static void reply_fault(struct thread *caller, const uint64_t *words, enum bh_action action)
{
    caller->recv_slot = 0;
    if (caller->awaits == BH_EVENT_EXIT && action != BH_STOP && action != BH_ABORT) {
        arch_exit_complete(vcpu_of(caller), words);
    }
    if (caller->state == THREAD_AWAY) {
        caller->verdict = (uint8_t)action;
        mail_home(caller);
    } else {
        ipc_verdict(caller, action);
    }
}

static void reply_commit(struct thread *current, struct slot *send)
{
    struct thread *caller = current->caller;
    current->caller = NULL;
    current->depth = 0;
    caller->callee = NULL;
    caller->awaits &= (uint8_t)~AWAITS_REMOTE;
    if (caller->awaits == BH_EVENT_MESSAGE) {
        reply_message(current, caller, send);
    } else {
        reply_fault(caller, current->frame.x, (enum bh_action)current->frame.x[REG_CAP]);
    }
}

/* The first caller of another core that waits for this server. If nothing came of it, the others
 * are looked at by and by. */
static void queue_next(struct thread *server)
{
    if (!mail_empty(&server->queue)) {
        struct mail *first = server->queue.next;
        mail_unlink(first);
        ipc_arrive(container_of(first, struct thread, mail));
        if (server->state == THREAD_WAITING) {
            mail_again(server->cpu, &server->queue);
        }
    }
}

/* No signal has come yet. */
static void wait_begin(struct thread *current)
{
    uint64_t deadline = current->frame.x[REG_DEADLINE];
    if (deadline != 0 && deadline <= arch_now()) {
        deadline_set(current, 0);
        event_deliver(current, BH_EVENT_DEADLINE, 0);
    } else {
        deadline_set(current, deadline);
        current->receptive = current->recv_slot == 0 && !trace_on(current) ? current->cpu : NULL;
        queue_next(current);
    }
}

static void wait_commit(struct thread *current)
{
    const uint64_t *x = current->frame.x;
    current->recv_slot = (uint32_t)x[REG_SLOT];
    current->state = THREAD_WAITING;
    event_deliver_pending(current);
    if (current->state == THREAD_WAITING) {
        wait_begin(current);
    }
    if (current->state == THREAD_READY) {
        sched_wake(current);
    } else {
        sched_block(current);
    }
}

struct resume message_reply_wait(struct thread *current, struct cpu *cpu)
{
    struct slot *send = NULL;
    trace_call(current);
    bool locked = message_lock(current);
    status result = reply_check(current, &send);
    if (result == BH_OK && current->caller) {
        reply_commit(current, send);
    }
    message_unlock(locked);
    if (result != BH_OK) {
        call_answer(current, result, false);
        return sched_resume(cpu);
    }
    wait_commit(current);
    return sched_next(cpu);
}

/* ---- ends ---- */

/* Callers above each thread of a chain, counted anew from its first. */
static void chain_renumber(struct thread *first)
{
    uint8_t depth = 0;
    first->depth = 0;
    for (struct thread *t = first; t->state == THREAD_CALLING; t = t->callee) { /* bound: 16 */
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
    callee->cpu->resched = 1;
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
    call_answer(thread, why, false);
    thread->cpu->resched = 1;
}

void ipc_fail_caller(struct thread *thread)
{
    struct thread *caller = thread->caller;
    if (!caller) {
        return;
    }
    bool away = caller->state == THREAD_AWAY;
    thread->caller = NULL;
    chain_renumber(thread);
    caller->callee = NULL;
    caller->recv_slot = 0;
    caller->awaits &= (uint8_t)~AWAITS_REMOTE;
    thread->cpu->resched = 1;
    if (caller->awaits == BH_EVENT_MESSAGE) {
        call_answer(caller, BH_DOWN, false);
    } else if (caller->state == THREAD_AWAY) {
        mail_home(caller);
    } else {
        caller->state = THREAD_READY; /* it faults again and finds its handler down */
    }
    if (!away) {
        sched_wake(caller);
    }
}

/* ---- from and to other cores ---- */

/* The fault of a thread that is away does not find its handler: it stops, at home. */
static void arrive_answer(struct thread *thread, status result)
{
    if (result == STATUS_MOVE) {
        mail_forward(thread, cpu_this()->where, MAIL_SEND);
    } else if (result != BH_OK) {
        thread->coming = THREAD_SUSPENDED;
        mail_home(thread);
    }
}

void ipc_arrive(struct thread *thread)
{
    struct thread *busy = NULL;
    thread->held = NULL;
    if (atomic_read(&thread->stop)) {
        ipc_recall(thread);
        return;
    }
    status result = send_make(thread, &busy);
    if (busy) {
        thread->held = cpu_this();
        mail_append(&busy->queue, &thread->mail);
    } else {
        arrive_answer(thread, result);
    }
}

void ipc_recall(struct thread *thread)
{
    if (thread->held && thread->callee) {
        ipc_orphan_callee(thread);
    } else if (thread->held) {
        mail_unlink(&thread->mail);
    }
    thread->awaits &= (uint8_t)~AWAITS_REMOTE;
    if (thread->awaits == BH_EVENT_MESSAGE) {
        call_answer(thread, BH_CANCELED, false);
    } else {
        mail_home(thread);
    }
}
