/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: call, reply and wait, signals, faults and exits (docs/design.md, section 3). */
#include "proofs/model/parts.h"

#define WORDS    8
#define STATUS   8
#define BADGE    9
#define ACTION   9
#define SEND     10
#define EVENT    10
#define SLOT     11
#define DEADLINE 12

unsigned model_depth(const struct model *m, int thread)
{
    unsigned depth = 0;
    int caller;
    while ((caller = m->threads[m->objects[thread].part].caller) != 0) {
        thread = caller;
        depth++;
    }
    return depth;
}

/* ---- what arrives ---- */

static void event_registers(struct model_thread *t, enum bh_event event, uint64_t badge,
                            const uint64_t *words)
{
    for (int i = 0; i < WORDS; i++) {
        t->x[i] = words[i];
    }
    t->x[STATUS] = BH_OK;
    t->x[BADGE] = badge;
    t->x[EVENT] = event;
    t->x[SLOT] = 0;
    t->state = M_READY;
}

void m_event_deliver(struct model *m, int thread, enum bh_event event, uint64_t value)
{
    uint64_t words[WORDS] = {value};
    struct model_thread *t = m_thread_part(m, thread);
    event_registers(t, event, 0, words);
    t->accept = 0;
}

void m_event_pending(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->state == M_WAITING && t->signals != 0) {
        uint64_t bits = t->signals;
        t->signals = 0;
        m_event_deliver(m, thread, BH_EVENT_SIGNAL, bits);
    }
}

void m_event_signal(struct model *m, int thread, uint64_t bits)
{
    m_thread_part(m, thread)->signals |= bits;
    if (model_bound(m, thread, ROLE_BUDGET)) {
        m_event_pending(m, thread);
        m_ready_update(m, thread);
    }
}

/* ---- capabilities that travel ---- */

static model_status pass_check(struct model *m, int cap, int receiver)
{
    const struct model_thread *t = &m->threads[m->objects[receiver].part];
    if (cap == 0) {
        return BH_OK;
    }
    if (!m_slot_empty(m, t->cell, t->accept)) {
        return BH_NO_SLOT;
    }
    return m_cap_may_derive(m, cap) ? BH_OK : BH_BUSY;
}

static void pass(struct model *m, int cap, int receiver)
{
    struct model_thread *t = m_thread_part(m, receiver);
    if (cap) {
        (void)m_cap_add(m, cap, m->caps[cap].object, t->cell, (int)t->accept);
        t->x[SLOT] = 1;
    }
}

/* ---- call ---- */

struct attempt {
    int server;
    int send;
    uint64_t badge;
};

static model_status server_check(struct model *m, int thread, int endpoint_cap, struct attempt *a)
{
    a->server = endpoint_cap ? model_bound(m, m->caps[endpoint_cap].object, ROLE_SERVER) : 0;
    a->badge = endpoint_cap ? m->caps[endpoint_cap].badge : 0;
    if (!a->server || m->threads[m->objects[a->server].part].state == M_SUSPENDED) {
        return BH_DOWN;
    }
    const struct model_thread *server = &m->threads[m->objects[a->server].part];
    bool time = model_bound(m, a->server, ROLE_BUDGET) || server->moves;
    if (server->core != m->core) {
        m->where = server->core;
        return m->threads[m->objects[thread].part].caller || !time ? BH_OTHER_CORE : MODEL_MOVE;
    }
    return model_depth(m, thread) == BH_CHAIN_MAX ? BH_DEADLOCK : BH_OK;
}

static model_status call_check(struct model *m, int thread, struct attempt *a)
{
    const struct model_thread *t = &m->threads[m->objects[thread].part];
    int cap = 0;
    model_status result = m_cap_find(m, t->cell, t->x[BADGE],
                                     (struct need){BIT(BH_ENDPOINT), BH_ENDPOINT_SEND}, &cap);
    if (result != BH_OK) {
        return result;
    }
    if ((t->x[SEND] != 0 || t->x[SLOT] != 0) && !(m->caps[cap].rights & BH_ENDPOINT_GRANT)) {
        return BH_NO_RIGHT;
    }
    if (t->x[SLOT] != 0 && !m_slot_empty(m, t->cell, t->x[SLOT])) {
        return BH_NO_SLOT;
    }
    if (t->x[SEND] != 0) {
        result = m_cap_find(m, t->cell, t->x[SEND], (struct need){ANY_TYPE, 0}, &a->send);
    }
    return result == BH_OK ? server_check(m, thread, cap, a) : result;
}

/* What is in the registers when a call or a wait ends: no word if it failed. */
static void answer_registers(struct model *m, struct model_thread *t, model_status result,
                             bool came)
{
    for (unsigned i = 0; result != BH_OK && i < BH_MESSAGE_WORDS; i++) {
        t->x[i] = 0;
    }
    t->x[STATUS] = result;
    t->x[BADGE] = t->x[EVENT] = 0;
    t->x[SLOT] = came;
    m_refused(m, t, result);
}

/* A call is over, and a capability came or not. Who is away goes home with that. */
void m_message_answer(struct model *m, int thread, model_status result, bool came)
{
    struct model_thread *t = m_thread_part(m, thread);
    answer_registers(m, t, result, came);
    t->accept = 0;
    if (t->state == M_AWAY) {
        m_mail_home(m, thread);
    } else {
        t->state = M_READY;
    }
}

static void call_begin(struct model *m, int thread, const struct attempt *a, enum bh_event event,
                       const uint64_t *words)
{
    struct model_thread *t = m_thread_part(m, thread), *server = m_thread_part(m, a->server);
    t->awaits = (uint8_t)event;
    t->callee = a->server;
    server->caller = thread;
    if (t->state == M_AWAY) { /* the server runs on its own budget */
        t->held = m->core + 1;
    } else {
        t->state = M_CALLING;
    }
    event_registers(server, event, a->badge, words);
    pass(m, a->send, a->server);
    server->accept = 0;
    t->accept = event == BH_EVENT_MESSAGE ? (uint32_t)t->x[SLOT] : 0;
    if (t->state == M_AWAY) {
        m_ready_update(m, a->server);
    }
}

static bool server_free(struct model *m, int server)
{
    m_event_pending(m, server);
    return m_thread_part(m, server)->state == M_WAITING;
}

/* Make a thread's call. The server that it must wait for, or 0: the call is over, under way, or
 * going on elsewhere. */
static int call_try(struct model *m, int thread)
{
    struct attempt a = {0};
    model_status result = call_check(m, thread, &a);
    if (result == BH_OK && !server_free(m, a.server)) {
        return a.server;
    }
    if (result == BH_OK) {
        result = pass_check(m, a.send, a.server);
    }
    if (result == BH_OK) {
        call_begin(m, thread, &a, BH_EVENT_MESSAGE, m_thread_part(m, thread)->x);
    } else if (result != MODEL_MOVE) {
        m_message_answer(m, thread, result, false);
    } else if (m_thread_part(m, thread)->state == M_AWAY) {
        m_mail_forward(m, thread, m->where, TRAVEL_SEND);
    } else {
        m_mail_leave(m, thread, m->where, TRAVEL_SEND);
    }
    return 0;
}

/* The same for a thread whose fault or exit found its handler busy: it runs, and faults again. */
static int fault_try(struct model *m, int thread)
{
    struct attempt a = {0};
    if (server_check(m, thread, m->objects[thread].binding[ROLE_HANDLER], &a) == BH_OK &&
        !server_free(m, a.server)) {
        return a.server;
    }
    m_thread_part(m, thread)->state = M_READY;
    return 0;
}

static void give_up(struct model *m, int thread)
{
    if (m_thread_part(m, thread)->awaits == BH_EVENT_MESSAGE) {
        m_message_answer(m, thread, BH_DEADLOCK, false);
        m_ready_update(m, thread);
    } else {
        m_thread_suspend(m, thread);
    }
}

/* Follow a chain to the thread that can run. start: who wants to call its first thread; 0: nobody.
 * With start, 0 says that the call would be a cycle or one link too many. Without, 0 says that a
 * thread that retried gave up, and that one must look again. */
int m_message_chain_end(struct model *m, int thread, int start)
{
    int retry = 0;
    unsigned most = start ? BH_CHAIN_MAX - 1 : 2 * BH_CHAIN_MAX;
    for (unsigned steps = 0; steps <= most && thread != start;) {
        struct model_thread *t = m_thread_part(m, thread);
        int next = t->callee;
        if (t->state == M_RETRY) {
            next = t->awaits == BH_EVENT_MESSAGE ? call_try(m, thread) : fault_try(m, thread);
            if (next == 0) {
                continue;
            }
            m->helping = true;
            retry = thread;
        } else if (t->state == M_IDLE) {
            m_vcpu_wake(m, thread);
            return thread;
        } else if (t->state != M_CALLING) {
            return thread;
        }
        thread = next;
        steps++;
    }
    if (!start) {
        give_up(m, retry);
    }
    return 0;
}

/* A plain hand-over of a fault or exit: the handler waits for just this, and its registers come in
 * before anything is decided. Traced threads never do so, on either side. */
static bool plain(const struct model *m, int thread, int server)
{
    int cell = m->threads[m->objects[thread].part].cell;
    const struct model_thread *s = &m->threads[m->objects[server].part];
    return s->state == M_WAITING && s->signals == 0 && s->accept == 0 && !s->shy &&
           model_bound(m, cell, ROLE_WATCH) == 0;
}

void m_message_call(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    t->awaits = BH_EVENT_MESSAGE;
    int busy = call_try(m, thread);
    if (busy == 0) {
        return;
    }
    if (m_message_chain_end(m, busy, thread)) {
        t->state = M_RETRY;
    } else {
        m_message_answer(m, thread, BH_DEADLOCK, false);
    }
}

/* The kernel calls the handler for a thread that cannot go on. */
void m_message_handler(struct model *m, int thread, enum bh_event event)
{
    struct model_thread *t = m_thread_part(m, thread);
    struct attempt a = {0};
    t->awaits = (uint8_t)event;
    model_status result = server_check(m, thread, m->objects[thread].binding[ROLE_HANDLER], &a);
    if (result == MODEL_MOVE) {
        for (int i = 0; i < WORDS; i++) {
            t->words[i] = m->fault[i];
        }
        m_mail_leave(m, thread, m->where, TRAVEL_SEND);
    } else if (result != BH_OK) {
        m_thread_suspend(m, thread);
    } else if (server_free(m, a.server)) {
        m->handed = plain(m, thread, a.server) ? a.server : 0;
        call_begin(m, thread, &a, event, m->fault);
    } else if (m_message_chain_end(m, a.server, thread)) {
        t->state = M_RETRY;
    } else {
        m_thread_suspend(m, thread);
    }
}

/* ---- reply and wait ---- */

static bool action_fits(enum bh_event awaits, bool abortable, uint64_t action)
{
    switch (action) {
    case BH_REPLY:
        return awaits == BH_EVENT_MESSAGE;
    case BH_RESUME:
    case BH_STOP:
        return awaits == BH_EVENT_FAULT || awaits == BH_EVENT_EXIT;
    case BH_BLOCK:
        return awaits == BH_EVENT_EXIT;
    case BH_ABORT:
        return awaits != BH_EVENT_MESSAGE && abortable;
    default:
        return false;
    }
}

static model_status action_check(const struct model *m, const struct model_thread *t)
{
    uint64_t action = t->x[ACTION];
    if (action > BH_ABORT) {
        return BH_BAD_ARG;
    }
    if (t->caller == 0 && action != BH_WAIT_ONLY) {
        return BH_NO_CALLER;
    }
    const struct model_thread *c = &m->threads[m->objects[t->caller].part];
    if (t->caller && !action_fits((enum bh_event)c->awaits, c->vcpu && c->abortable, action)) {
        return BH_BAD_ARG;
    }
    return t->x[SEND] != 0 && action != BH_REPLY ? BH_BAD_ARG : BH_OK;
}

static model_status reply_check(struct model *m, int thread, int *send)
{
    const struct model_thread *t = &m->threads[m->objects[thread].part];
    model_status result = action_check(m, t);
    if (result == BH_OK && t->x[SEND] != 0) {
        result = m_cap_find(m, t->cell, t->x[SEND], (struct need){ANY_TYPE, 0}, send);
    }
    if (result == BH_OK && t->x[SLOT] != 0 && !m_slot_empty(m, t->cell, t->x[SLOT])) {
        result = BH_NO_SLOT;
    }
    return result == BH_OK && *send ? pass_check(m, *send, t->caller) : result;
}

static void exit_complete(struct model_thread *v, const uint64_t *words)
{
    if (v->exit_read && v->exit_register < 31) {
        v->x[v->exit_register] = words[0];
    }
    v->pc += 4;
}

/* What the answer to a fault or exit means to a thread that is at home. */
void m_message_verdict(struct model *m, int thread, uint64_t action)
{
    struct model_thread *t = m_thread_part(m, thread);
    t->state = M_READY;
    if (action == BH_STOP) {
        m_thread_suspend(m, thread);
    } else if (action == BH_ABORT) {
        t->el1_value = t->pc;
        t->pc = MODEL_ABORT_VECTOR;
    } else if (action == BH_BLOCK && !model_deliverable(t)) {
        m_vcpu_sleep(m, thread, t->timer);
    }
}

static void reply(struct model *m, int thread, int send)
{
    struct model_thread *t = m_thread_part(m, thread);
    int caller = t->caller;
    struct model_thread *c = m_thread_part(m, caller);
    uint64_t action = t->x[ACTION];
    t->caller = 0;
    c->callee = 0;
    if (c->awaits == BH_EVENT_MESSAGE) {
        for (int i = 0; i < WORDS; i++) {
            c->x[i] = t->x[i];
        }
        pass(m, send, caller);
        m_message_answer(m, caller, BH_OK, send != 0);
        return;
    }
    c->accept = 0;
    if (c->awaits == BH_EVENT_EXIT && action != BH_STOP && action != BH_ABORT) {
        exit_complete(c, t->x);
    }
    if (c->state == M_AWAY) {
        c->verdict = (uint8_t)action;
        m_mail_home(m, caller);
    } else {
        m_message_verdict(m, caller, action);
    }
}

/* The first who waits for this server; if nothing came of it, all others will be looked at. */
static void serve_next(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    int first = t->queue[0];
    if (t->queue_count == 0) {
        return;
    }
    t->queue_count--;
    for (int i = 0; i < t->queue_count; i++) {
        t->queue[i] = t->queue[i + 1];
    }
    m_message_arrive(m, first);
    if (t->state == M_WAITING) {
        m_mail_again(m, thread);
    }
}

void m_message_reply_wait(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    uint64_t deadline = t->x[DEADLINE];
    int send = 0;
    model_status result = reply_check(m, thread, &send);
    if (result != BH_OK) {
        answer_registers(m, t, result, false);
        return;
    }
    if (t->caller) {
        reply(m, thread, send);
    }
    t->accept = (uint32_t)t->x[SLOT];
    t->state = M_WAITING;
    t->shy = model_bound(m, t->cell, ROLE_WATCH) != 0;
    if (t->signals != 0) {
        m_event_pending(m, thread);
    } else if (deadline != 0 && deadline <= m->now) {
        m_deadline_set(m, thread, 0);
        m_event_deliver(m, thread, BH_EVENT_DEADLINE, 0);
    } else {
        m_deadline_set(m, thread, deadline);
        serve_next(m, thread);
    }
    m_ready_update(m, thread);
}

/* ---- ends ---- */

void m_message_cut_callee(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    int callee = t->callee;
    m_thread_part(m, callee)->caller = 0;
    t->callee = 0;
    m_ready_update(m, callee);
}

/* End the call that a thread is in. */
void m_message_end_call(struct model *m, int thread, model_status why)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->awaits != BH_EVENT_MESSAGE || (t->state != M_CALLING && t->state != M_RETRY)) {
        return;
    }
    if (t->state == M_CALLING) {
        m_message_cut_callee(m, thread);
    }
    m_message_answer(m, thread, why, false);
}

/* Nobody will answer who waits for this thread. */
void m_message_fail_caller(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    int caller = t->caller;
    if (caller == 0) {
        return;
    }
    struct model_thread *c = m_thread_part(m, caller);
    t->caller = 0;
    c->callee = 0;
    c->accept = 0;
    if (c->awaits == BH_EVENT_MESSAGE) {
        m_message_answer(m, caller, BH_DOWN, false);
    } else if (c->state == M_AWAY) {
        m_mail_home(m, caller);
    } else {
        c->state = M_READY; /* it faults again, and finds its handler down */
    }
    m_ready_update(m, caller);
}

/* ---- from other cores ---- */

/* What a thread of another core wants of a server here. A fault without a handler stops it. */
void m_message_arrive(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    struct attempt a = {0};
    int busy = 0;
    t->held = 0;
    if (t->stop) {
        m_mail_recall(m, thread);
        return;
    }
    if (t->awaits == BH_EVENT_MESSAGE) {
        busy = call_try(m, thread);
    } else {
        model_status result = server_check(m, thread, m->objects[thread].binding[ROLE_HANDLER], &a);
        if (result == MODEL_MOVE) {
            m_mail_forward(m, thread, m->where, TRAVEL_SEND);
        } else if (result != BH_OK) {
            t->coming = M_SUSPENDED;
            m_mail_home(m, thread);
        } else if (!server_free(m, a.server)) {
            busy = a.server;
        } else {
            call_begin(m, thread, &a, (enum bh_event)t->awaits, t->words);
        }
    }
    if (busy) {
        struct model_thread *s = m_thread_part(m, busy);
        t->held = m->core + 1;
        s->queue[s->queue_count++] = thread;
    }
}
