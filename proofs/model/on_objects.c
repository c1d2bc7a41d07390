/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on endpoints, signals, interrupts, lines, cells and cores. */
#include "proofs/model/parts.h"

model_status on_signal_bind(struct model *m, struct ask *a)
{
    struct need want = {BIT(BH_THREAD) | BIT(BH_VCPU) | BIT(BH_LINE), 0};
    int target = 0;
    model_status result = a->x[0] ? m_object_arg(m, a, a->x[0], want, &target) : BH_OK;
    if (result != BH_OK) {
        return result;
    }
    want.rights = m->objects[target].type == BH_LINE ? BH_LINE_BIND : BH_THREAD_BIND;
    return m_bind_arg(m, a, ROLE_TARGET, want);
}

/* Where whoever a signal wakes is at home. */
static uint32_t woken_core(const struct model *m, int signal)
{
    int target = model_bound(m, signal, ROLE_TARGET);
    if (m->objects[target].type == BH_LINE) {
        target = model_bound(m, target, ROLE_LINE);
    }
    return target ? m->threads[m->objects[target].part].core : 0;
}

model_status on_irq_bind(struct model *m, struct ask *a)
{
    struct model_object *o = &m->objects[a->target];
    model_status result = m_bind_arg(m, a, ROLE_IRQ, m_need(BH_SIGNAL, BH_SIGNAL_SEND));
    if (result == BH_OK && a->x[0] && o->number >= 32) {
        o->core = woken_core(m, model_bound(m, a->target, ROLE_IRQ));
    }
    return result;
}

model_status on_budget_signal(struct model *m, struct ask *a)
{
    struct need want = m_need(BH_SIGNAL, BH_SIGNAL_SEND);
    int signal = 0;
    model_status result = a->x[0] ? m_object_arg(m, a, a->x[0], want, &signal) : BH_OK;
    if (result == BH_OK && m->objects[a->target].period == 0) {
        result = BH_BAD_ARG;
    }
    return result == BH_OK ? m_bind_arg(m, a, ROLE_EXHAUSTED, want) : result;
}

/* On the core of the vCPU. A signal makes the interrupt pending once, whatever its trigger. */
static void line_apply(struct model *m, int line, int vcpu, unsigned wish)
{
    uint32_t number = m->objects[line].number;
    uint64_t x[3] = {number, 1, 0};
    if (wish & WISH_PULSE) {
        (void)m_virq_change(m, vcpu, x);
    }
    if (wish & WISH_ROSE) {
        m_virq_line(m, vcpu, number, true);
    }
    if ((wish & WISH_SET) && !(wish & WISH_HIGH)) {
        m_virq_line(m, vcpu, number, false);
    }
}

model_status m_line_do(struct model *m, int line, unsigned wish)
{
    int vcpu = model_bound(m, line, ROLE_LINE);
    if (!vcpu) {
        return BH_DOWN;
    }
    uint32_t home = m_thread_part(m, vcpu)->core;
    if (home != m->core) {
        m_mail_line(m, line, home, wish);
    } else {
        line_apply(m, line, vcpu, wish);
    }
    return BH_OK;
}

model_status m_signal_send(struct model *m, int signal, uint64_t badge)
{
    int target = model_bound(m, signal, ROLE_TARGET);
    if (!target) {
        return BH_DOWN;
    }
    if (m->objects[target].type == BH_LINE) {
        return m_line_do(m, target, WISH_PULSE);
    }
    uint64_t bits = badge ? badge : 1;
    if (m_thread_part(m, target)->core != m->core) {
        m_mail_note(m, target, bits);
    } else {
        m_event_signal(m, target, bits);
    }
    return BH_OK;
}

void model_interrupt(struct model *m, uint32_t intid)
{
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        struct model_object *o = &m->objects[i];
        if (o->type == BH_IRQ && o->number == intid && o->binding[ROLE_IRQ]) {
            o->active = true;
            (void)m_signal_send(m, model_bound(m, i, ROLE_IRQ),
                                m->caps[o->binding[ROLE_IRQ]].badge);
            break;
        }
    }
    m_schedule(m);
}

model_status on_cell_info(struct model *m, struct ask *a)
{
    const struct model_cell *c = m_cell_part(m, a->target);
    a->x[0] = c->slot_count;
    a->x[1] = (uint64_t)m_cell_used(c);
    a->x[2] = (uint64_t)m_cell_threads(m, a->target);
    a->x[3] = c->faults;
    a->x[4] = c->refused;
    a->x[5] = c->time;
    return BH_OK;
}

model_status on_signal_send(struct model *m, struct ask *a)
{
    return m_signal_send(m, a->target, m->caps[a->cap].badge);
}

model_status on_endpoint_bind(struct model *m, struct ask *a)
{
    return m_bind_arg(m, a, ROLE_SERVER,
                      (struct need){BIT(BH_THREAD) | BIT(BH_VCPU), BH_THREAD_BIND});
}

model_status on_irq_ack(struct model *m, struct ask *a)
{
    m->objects[a->target].active = false;
    return BH_OK;
}

model_status on_line_set(struct model *m, struct ask *a)
{
    unsigned wish = a->x[0] == 1 ? WISH_SET | WISH_HIGH | WISH_ROSE : WISH_SET;
    return a->x[0] > 1 ? BH_BAD_ARG : m_line_do(m, a->target, wish);
}

model_status on_trace_ring(struct model *m, struct ask *a)
{
    int cap = 0;
    model_status result = m_cap_find(m, a->cell, a->x[1], m_need(BH_MEMORY, BH_MEMORY_WRITE), &cap);
    if (result == BH_OK && a->x[0] >= m->sizes.cores) {
        result = BH_BAD_ARG;
    }
    if (result == BH_OK && a->x[0] != m->core && m_core_online(m, (uint32_t)a->x[0])) {
        return m_move(m, (uint32_t)a->x[0]);
    }
    if (result == BH_OK && !m->objects[m->caps[cap].object].pooled) {
        result = BH_BAD_ARG;
    }
    enum model_role role = (enum model_role)(ROLE_RING + a->x[0]);
    if (result == BH_OK) {
        result = m_binding_make(m, a->target, role, cap);
    }
    if (result == BH_OK) {
        m->objects[m->caps[cap].object].written = true;
    }
    return result;
}

model_status on_trace_watch(struct model *m, struct ask *a)
{
    int cell = 0;
    model_status result = m_object_arg(m, a, a->x[0], m_need(BH_CELL, BH_CELL_TRACE), &cell);
    if (result == BH_OK && (a->x[1] == 0 || a->x[1] > 0xffff)) {
        result = BH_BAD_ARG;
    }
    if (result != BH_OK) {
        return result;
    }
    if (model_bound(m, cell, ROLE_WATCH)) {
        return BH_BUSY;
    }
    result = m_binding_make(m, cell, ROLE_WATCH, a->cap);
    if (result == BH_OK) {
        m->caps[m->objects[cell].binding[ROLE_WATCH]].badge = a->x[1];
    }
    return result;
}
