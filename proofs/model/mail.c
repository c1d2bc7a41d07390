/* SPDX-License-Identifier: Apache-2.0 */
/* Between cores (docs/design.md 8): what is posted arrives in the order in which it was posted; a
 * thread that is away is in one mailbox, or held by one server's core; an epoch is over when every
 * core has been out of the kernel since. */
#include <stddef.h>

#include "proofs/model/parts.h"

#define AT_ONCE 4 /* mails, and budgets that were put aside, in one entry */

/* ---- mailboxes ---- */

static void add(struct model_mails *to, struct model_mail mail)
{
    to->at[to->count++] = mail;
}

static struct model_mail take(struct model_mails *from, int place)
{
    struct model_mail mail = from->at[place];
    for (from->count--; place < from->count; place++) {
        from->at[place] = from->at[place + 1];
    }
    return mail;
}

static void post(struct model *m, uint32_t core, enum model_mail_kind kind, int object)
{
    add(&m->posts[core].posted, (struct model_mail){(uint8_t)kind, object});
}

bool m_core_online(const struct model *m, uint32_t core)
{
    return m->posts[core].power == POWER_ON;
}

/* A core that is off does nothing: whoever wants something of it may do it. */
uint32_t m_core_or_any(const struct model *m, uint32_t core)
{
    return core != NOWHERE && m_core_online(m, core) ? core : NOWHERE;
}

/* ---- threads ---- */

void m_mail_forward(struct model *m, int thread, uint32_t core, enum model_mail_kind kind)
{
    struct model_thread *t = m_thread_part(m, thread);
    t->held = 0;
    t->at = core;
    t->mail = (uint8_t)kind;
    post(m, core, kind, thread);
}

void m_mail_home(struct model *m, int thread)
{
    m_mail_forward(m, thread, m_thread_part(m, thread)->core, TRAVEL_HOME);
}

void m_mail_leave(struct model *m, int thread, uint32_t core, enum model_mail_kind kind)
{
    struct model_thread *t = m_thread_part(m, thread);
    t->state = M_AWAY;
    t->coming = M_READY;
    t->verdict = BH_RESUME;
    t->callee = 0;
    m_ready_update(m, thread);
    m_mail_forward(m, thread, core, kind);
}

/* All who wait for a server are looked at again. */
void m_mail_again(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    for (int i = 0; i < t->queue_count; i++) {
        add(&m->posts[t->core].inbox, (struct model_mail){TRAVEL_SEND, t->queue[i]});
    }
    t->queue_count = 0;
}

static void queue_remove(struct model_thread *server, int thread)
{
    for (int i = 0, kept = 0, count = server->queue_count; i < count; i++) {
        server->queue[kept] = server->queue[i];
        server->queue_count = kept += server->queue[i] != thread;
    }
}

static void unqueue(struct model *m, int thread)
{
    struct model_mails *inbox = &m->posts[m->core].inbox;
    for (int i = 1; i < MODEL_THREADS; i++) {
        queue_remove(&m->threads[i], thread);
    }
    for (int i = 0; i < inbox->count; i++) {
        if (inbox->at[i].kind == TRAVEL_SEND && inbox->at[i].object == thread) {
            (void)take(inbox, i);
        }
    }
}

/* What this core has of a thread's call or fault is over: it goes home. */
void m_mail_recall(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->held && t->callee) {
        m_message_cut_callee(m, thread);
    } else if (t->held) {
        unqueue(m, thread);
    }
    if (t->awaits == BH_EVENT_MESSAGE) {
        m_message_answer(m, thread, BH_CANCELED, false);
    } else {
        m_mail_home(m, thread);
    }
}

/* A thread that this core owns stops, now or when it is home. */
model_status m_thread_stop(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->state != M_AWAY) {
        m_thread_suspend(m, thread);
        return BH_OK;
    }
    t->stop = true;
    if (t->held == m->core + 1) {
        m_mail_recall(m, thread);
    }
    m->where = t->at;
    return MODEL_MOVE;
}

static void call_arrive(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->stop) {
        t->pc -= 4;
        m_mail_home(m, thread);
    } else if (m_call_make(m, thread) != MODEL_MOVE) {
        m_mail_home(m, thread);
    }
}

static void home_arrive(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    bool awake = t->coming == M_IDLE && model_deliverable(t);
    uint8_t state = awake ? M_READY : t->coming;
    bool stop = t->stop || state == M_SUSPENDED;
    t->stop = false;
    t->state = stop ? M_READY : state;
    m->posts[m->core].aside_left = m->posts[m->core].aside_count;
    if (stop) {
        m_thread_suspend(m, thread);
        return;
    }
    if (t->verdict != BH_RESUME) {
        m_message_verdict(m, thread, t->verdict);
    }
    if (t->state == M_WAITING || (state == M_IDLE && t->words[0] != 0)) {
        m_deadline_set(m, thread, t->words[0]);
        t->shy = model_bound(m, t->cell, ROLE_WATCH) != 0;
    }
    m_ready_update(m, thread);
}

/* A thread gets another home core. */
model_status m_thread_move(struct model *m, int thread, uint32_t core)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->state == M_CALLING || t->state == M_AWAY || t->caller) {
        return BH_BUSY;
    }
    if (t->state == M_RETRY) {
        t->pc -= t->awaits == BH_EVENT_MESSAGE ? 4 : 0;
        t->state = M_READY;
    }
    t->words[0] = t->deadline;
    t->coming = t->state;
    t->verdict = BH_RESUME;
    t->moves = true;
    m_binding_end(m, thread, ROLE_BUDGET);
    m_deadline_set(m, thread, 0);
    m_thread_unload(m, thread);
    m_mail_again(m, thread);
    t->state = M_AWAY;
    t->core = core;
    m_mail_home(m, thread);
    return BH_OK;
}

/* ---- notes and lines ---- */

void m_mail_note(struct model *m, int thread, uint64_t bits)
{
    struct model_thread *t = m_thread_part(m, thread);
    t->posted |= bits;
    if (!t->noted) {
        t->noted = true;
        post(m, t->core, TRAVEL_NOTE, thread);
    }
}

static void note_arrive(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    uint64_t bits = t->posted;
    if (t->core != m->core) {
        post(m, t->core, TRAVEL_NOTE, thread);
        return;
    }
    t->noted = false;
    t->posted = 0;
    if (bits) {
        m_event_signal(m, thread, bits);
    }
}

void m_mail_line(struct model *m, int line, uint32_t core, unsigned wish)
{
    struct model_object *o = &m->objects[line];
    unsigned kept = wish & WISH_SET ? WISH_ROSE | WISH_PULSE : WISH_ALL;
    if (o->wish == 0) {
        o->after = core + 1;
        post(m, core, TRAVEL_LINE, line);
    }
    o->wish = (uint8_t)((o->wish & kept) | wish);
}

static void line_arrive(struct model *m, int line)
{
    unsigned wish = m->objects[line].wish;
    m->objects[line].wish = 0;
    (void)m_line_do(m, line, wish);
}

/* ---- epochs ---- */

static void epoch_pass(struct model *m, uint32_t core)
{
    m->posts[core].passed = m->epoch.began;
}

uint32_t m_epoch_after(const struct model *m)
{
    return m->epoch.began + 1;
}

bool m_epoch_over(struct model *m, uint32_t wanted)
{
    if (m->epoch.over >= wanted) {
        return true;
    }
    if (m->epoch.began < wanted) {
        m->epoch.began = wanted;
        epoch_pass(m, m->core);
    }
    for (uint32_t core = 0; core < m->sizes.cores; core++) {
        const struct model_post *p = &m->posts[core];
        if (p->passed < wanted && !p->idling && p->power >= POWER_ON) {
            m->where = core;
            return false;
        }
    }
    m->epoch.over = wanted;
    return true;
}

/* ---- power ---- */

static uint32_t homes(const struct model *m, uint32_t core)
{
    uint32_t count = 0;
    for (int i = 1; i < MODEL_THREADS; i++) {
        const struct model_thread *t = &m->threads[i];
        count += t->object && t->core == core && !m->objects[t->object].buried;
    }
    return count;
}

/* Firmware here starts every core that is off. The call is made again until it has come. */
static model_status core_on(struct model *m, uint32_t core)
{
    uint8_t *power = &m->posts[core].power;
    *power = *power == POWER_OFF ? POWER_COMING : *power;
    if (*power == POWER_COMING) {
        return MODEL_AGAIN;
    }
    return *power == POWER_ON ? BH_OK : BH_BUSY;
}

static void interrupts_leave(struct model *m, uint32_t core)
{
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        struct model_object *o = &m->objects[i];
        o->core = o->type == BH_IRQ && o->core == core ? 0 : o->core;
    }
}

static model_status core_off(struct model *m, uint32_t core)
{
    struct model_post *p = &m->posts[core];
    if (core == 0) {
        return BH_BAD_ARG;
    }
    if (p->power == POWER_ON && homes(m, core) == 0) {
        interrupts_leave(m, core);
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        p->power = POWER_LEAVING;
        p->left = m_epoch_after(m);
    }
    if (p->power != POWER_LEAVING) {
        return BH_BUSY;
    }
    if (!m_epoch_over(m, p->left)) {
        return MODEL_MOVE;
    }
    p->power = POWER_GONE;
    return BH_OK;
}

model_status on_core_power(struct model *m, struct ask *a)
{
    uint32_t core = m->objects[a->target].core;
    m->powered = a->x[0] <= 1;
    switch (a->x[0]) {
    case 0:
    case 1:
        return BH_DOWN;
    case 2:
        return core_off(m, core);
    case 3:
        return core_on(m, core);
    default:
        return BH_BAD_ARG;
    }
}

/* ---- what a core does when another one asks for attention ---- */

static void handle(struct model *m, struct model_mail mail)
{
    switch ((enum model_mail_kind)mail.kind) {
    case TRAVEL_CALL:
        call_arrive(m, mail.object);
        break;
    case TRAVEL_SEND:
        m_message_arrive(m, mail.object);
        break;
    case TRAVEL_HOME:
        home_arrive(m, mail.object);
        break;
    case TRAVEL_NOTE:
        note_arrive(m, mail.object);
        break;
    case TRAVEL_LINE:
        line_arrive(m, mail.object);
        break;
    }
}

/* Budgets that were put aside are ready again; some of them. */
static void reconsider(struct model *m, struct model_post *p)
{
    for (int i = 0; i < AT_ONCE && p->aside_left > 0 && p->aside_count > 0; i++) {
        int budget = p->aside[0];
        m_ready_remove(m, budget);
        m_ready_update(m, m_budget_thread(m, budget));
    }
}

bool model_mail_waits(const struct model *m, uint32_t core)
{
    const struct model_post *p = &m->posts[core];
    return p->posted.count > 0 || p->inbox.count > 0 || p->more || p->power == POWER_GONE;
}

static void handle_some(struct model *m, struct model_post *p)
{
    bool long_one = false;
    while (p->posted.count > 0) {
        add(&p->inbox, take(&p->posted, 0));
    }
    for (int i = 0; i < AT_ONCE && p->inbox.count > 0 && !long_one; i++) {
        long_one = p->inbox.at[0].kind == TRAVEL_CALL;
        handle(m, take(&p->inbox, 0));
    }
}

void model_mail(struct model *m)
{
    struct model_post *p = &m->posts[m->core];
    epoch_pass(m, m->core);
    handle_some(m, p);
    reconsider(m, p);
    p->more = (p->aside_left > 0 && p->aside_count > 0) || p->inbox.count > 0;
    if (!p->more && p->power == POWER_GONE && p->posted.count == 0) {
        p->power = POWER_OFF;
        return;
    }
    m_schedule(m);
}

void model_enter(struct model *m)
{
    struct model_plan *p = &m->plans[m->core];
    p->boundary = p->boundary ? m->now : 0;
    m->posts[m->core].power = POWER_ON;
    model_mail(m);
}
