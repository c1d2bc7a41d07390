/* SPDX-License-Identifier: Apache-2.0 */
/* The priority that a guest posts: what the page of a budget's vCPU says, looked at whenever the
 * core decides while that budget is the current one, and when an interrupt comes for the vCPU. */
#include "proofs/model/parts.h"

#define NOTHING_POSTED 255

static int page_of(const struct model *m, int thread)
{
    bool vcpu = thread && m->objects[thread].type == BH_VCPU;
    return vcpu ? model_bound(m, thread, ROLE_PAGE) : 0;
}

int m_posted_page(const struct model *m, int budget)
{
    return budget ? page_of(m, m_budget_thread(m, budget)) : 0;
}

static uint32_t wanted(const struct model *m, int budget)
{
    const struct model_object *page = &m->objects[m_posted_page(m, budget)];
    const struct model_thread *t = &m->threads[m->objects[m_budget_thread(m, budget)].part];
    uint32_t most = m->objects[budget].ceiling, own = page->posted;
    if (m_posted_page(m, budget) == 0) {
        return most;
    }
    if (page->interrupt > own && (t->timer_due || model_deliverable(t))) {
        own = page->interrupt;
    }
    return own < most ? own : most;
}

/* The running budget becomes the first of its new equals, any other the last; what is left of its
 * slice stays. */
void m_posted_look(struct model *m, int budget)
{
    struct model_object *b = &m->objects[budget];
    uint32_t priority = budget ? wanted(m, budget) : 0;
    int place = budget ? m_ready_place(m, budget) : -1;
    if (!budget || priority == b->priority) {
        return;
    }
    b->priority = priority;
    if (place >= 0 && m->count.budget == budget) {
        for (; place > 0; place--) {
            m->ready[place] = m->ready[place - 1];
        }
        m->ready[0] = budget;
    } else if (place >= 0) {
        for (; place + 1 < m->ready_count; place++) {
            m->ready[place] = m->ready[place + 1];
        }
        m->ready[place] = budget;
    }
}

void m_posted_reset(struct model *m, int thread)
{
    struct model_object *page = &m->objects[page_of(m, thread)];
    int budget = model_bound(m, thread, ROLE_BUDGET);
    m_thread_part(m, thread)->timer_due = false;
    if (page_of(m, thread)) {
        page->posted = page->interrupt = NOTHING_POSTED;
    }
    m_posted_look(m, budget);
}

/* The page of a memory that is zeroed. */
void m_posted_zero(struct model *m, int memory)
{
    struct model_object *page = &m->objects[memory];
    page->posted = page->interrupt = page->waiting = 0;
}

/* The best that is ready on this core besides the current budget. */
static uint32_t second(const struct model *m)
{
    uint32_t best = 0;
    for (int i = 0; i < m->ready_count; i++) {
        const struct model_object *b = &m->objects[m->ready[i]];
        if (m->ready[i] != m->budget && b->core == m->core && m_plan_admits(m, b) &&
            b->priority > best) {
            best = b->priority;
        }
    }
    return best;
}

/* The core has turned from one budget to another, or stays. */
void m_posted_switch(struct model *m, int before)
{
    int page = m_posted_page(m, m->budget);
    bool wants = before && (m_ready_place(m, before) >= 0 || m_aside_place(m, before) >= 0 ||
                            m->objects[before].refill_born);
    if (page) {
        struct model_thread *t = m_thread_part(m, m_budget_thread(m, m->budget));
        m->objects[page].waiting = second(m);
        t->timer_due = t->timer_due && m->current != t->object;
    }
    if (wants && before != m->budget && m_posted_page(m, before)) {
        int thread = m_budget_thread(m, before);
        m_deadline_set(m, thread, m_thread_part(m, thread)->timer);
    }
}

/* An interrupt may have come for a vCPU. */
void m_vcpu_wake(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (page_of(m, thread)) {
        m_posted_look(m, model_bound(m, thread, ROLE_BUDGET));
    }
    if (t->state == M_IDLE) {
        m_deadline_set(m, thread, 0);
        t->state = M_READY;
        m_ready_update(m, thread);
    }
}
