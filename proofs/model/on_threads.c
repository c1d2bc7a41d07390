/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on threads and vCPUs. */
#include "proofs/model/parts.h"

model_status on_thread_set(struct model *m, struct ask *a)
{
    struct model_thread *t = m_thread_part(m, a->target);
    if (t->state != M_SUSPENDED) {
        return BH_BUSY;
    }
    m_thread_fresh(t, a->x[0], a->x[1], a->x[2]);
    m_thread_unload(m, a->target);
    if (t->vcpu) {
        m_posted_reset(m, a->target);
        m_contents_executable(m);
    }
    return BH_OK;
}

static int budget_user(const struct model *m, int budget)
{
    for (int i = 1; i < MODEL_THREADS; i++) {
        if (m->threads[i].object && model_bound(m, m->threads[i].object, ROLE_BUDGET) == budget) {
            return m->threads[i].object;
        }
    }
    return 0;
}

model_status on_thread_budget(struct model *m, struct ask *a)
{
    int cap = 0;
    model_status result =
        a->x[0] ? m_cap_find(m, a->cell, a->x[0], m_need(BH_BUDGET, BH_BUDGET_BIND), &cap) : BH_OK;
    if (result != BH_OK) {
        return result;
    }
    if (!cap) {
        m_binding_end(m, a->target, ROLE_BUDGET);
        return BH_OK;
    }
    int user = budget_user(m, m->caps[cap].object);
    uint32_t core = m->objects[m->caps[cap].object].core;
    if (core != m->core && (a->target == a->thread || !m_core_online(m, core))) {
        return BH_OTHER_CORE;
    }
    if (user && user != a->target) {
        return BH_BUSY;
    }
    if (core != m->core) { /* the thread first, then the call */
        result = m_thread_move(m, a->target, core);
        return result == BH_OK ? m_move(m, core) : result;
    }
    result = m_binding_make(m, a->target, ROLE_BUDGET, cap);
    if (result == BH_OK) {
        m_thread_part(m, a->target)->moves = false;
        m_posted_look(m, m->caps[cap].object);
        m_event_pending(m, a->target);
        m_ready_update(m, a->target);
    }
    return result;
}

model_status on_thread_handler(struct model *m, struct ask *a)
{
    return m_bind_arg(m, a, ROLE_HANDLER, m_need(BH_ENDPOINT, BH_ENDPOINT_SEND));
}

model_status on_vcpu_page(struct model *m, struct ask *a)
{
    int cap = 0;
    model_status result = BH_OK;
    if (a->x[0]) {
        result = m_cap_find(m, a->cell, a->x[0],
                            m_need(BH_MEMORY, BH_MEMORY_READ | BH_MEMORY_WRITE), &cap);
    }
    if (result != BH_OK) {
        return result;
    }
    if (cap && !m->objects[m->caps[cap].object].pooled) {
        return BH_BAD_ARG;
    }
    if (cap) {
        result = m_binding_make(m, a->target, ROLE_PAGE, cap);
    } else {
        m_binding_end(m, a->target, ROLE_PAGE);
    }
    if (result == BH_OK) {
        m_posted_reset(m, a->target);
    }
    return result;
}

model_status on_thread_resume(struct model *m, struct ask *a)
{
    m_thread_part(m, a->target)->stop = false;
    m_thread_resume(m, a->target);
    return BH_OK;
}

model_status on_thread_suspend(struct model *m, struct ask *a)
{
    if (a->target == a->thread) {
        return BH_BAD_ARG;
    }
    return m_thread_stop(m, a->target);
}

model_status on_thread_cancel(struct model *m, struct ask *a)
{
    const struct model_thread *t = m_thread_part(m, a->target);
    if (t->state != M_AWAY) {
        m_message_end_call(m, a->target, BH_CANCELED);
        return BH_OK;
    }
    if (t->mail != TRAVEL_SEND || t->awaits != BH_EVENT_MESSAGE) {
        return BH_OK;
    }
    if (t->held != m->core + 1) {
        return m_move(m, t->at);
    }
    m_mail_recall(m, a->target);
    return BH_OK;
}

model_status on_thread_read(struct model *m, struct ask *a)
{
    const struct model_thread *t = m_thread_part(m, a->target);
    uint64_t first = a->x[0];
    if (first >= BH_REG_COUNT) {
        return BH_BAD_ARG;
    }
    if (!m_thread_stopped(m, t)) {
        return BH_BUSY;
    }
    for (unsigned i = 0; i < 6; i++) {
        a->x[i] = m_thread_read(t, first + i);
    }
    return BH_OK;
}

model_status on_thread_write(struct model *m, struct ask *a)
{
    struct model_thread *t = m_thread_part(m, a->target);
    if (a->x[0] >= BH_REG_SCTLR) {
        return BH_BAD_ARG;
    }
    return m_thread_stopped(m, t) ? m_thread_write(t, a->x[0], a->x[1]) : BH_BUSY;
}

model_status on_vcpu_irq(struct model *m, struct ask *a)
{
    return m_virq_set(m, a->target, a->x[0], a->x[1]);
}

model_status on_vcpu_irq_state(struct model *m, struct ask *a)
{
    return m_virq_change(m, a->target, a->x);
}

model_status on_yield(struct model *m, struct ask *a)
{
    (void)a;
    m_posted_look(m, m->budget);
    if (m_ready_rival(m)) {
        m_ready_rotate(m);
    }
    return BH_OK;
}

/* These two have more to say than a status: model_call takes them first. */
model_status on_call(struct model *m, struct ask *a)
{
    (void)m;
    (void)a;
    return BH_BAD_CALL;
}

model_status on_reply_wait(struct model *m, struct ask *a)
{
    return on_call(m, a);
}
