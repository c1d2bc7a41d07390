/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs: the first of the ready budgets, and of the chain of calls that begins at its thread,
 * the
 * end. Decided anew at the end of every event. */
#include "proofs/model/parts.h"

/* A budget is ready exactly while its thread has no caller and wants to run or waits for a
 * callee. */
static bool wants_time(const struct model_thread *t)
{
    return t->caller == 0 && (t->state == M_READY || t->state == M_RETRY || t->state == M_CALLING);
}

static int ready_place(const struct model *m, int budget)
{
    for (int i = 0; i < m->ready_count; i++) {
        if (m->ready[i] == budget) {
            return i;
        }
    }
    return -1;
}

void m_ready_remove(struct model *m, int budget)
{
    int place = ready_place(m, budget);
    if (place < 0) {
        return;
    }
    m->objects[budget].left = 0;
    for (int i = place; i + 1 < m->ready_count; i++) {
        m->ready[i] = m->ready[i + 1];
    }
    m->ready_count--;
}

/* After a change of a thread: its budget joins the end of the queue, stays, or leaves. */
void m_ready_update(struct model *m, int thread)
{
    int budget = model_bound(m, thread, ROLE_BUDGET);
    if (budget == 0) {
        return;
    }
    if (!wants_time(m_thread_part(m, thread))) {
        m_ready_remove(m, budget);
    } else if (ready_place(m, budget) < 0) {
        m->ready[m->ready_count++] = budget;
    }
}

static int ready_first(const struct model *m)
{
    int best = 0;
    for (int i = 0; i < m->ready_count; i++) {
        int budget = m->ready[i];
        if (m->objects[budget].core != m->core) {
            continue;
        }
        if (best == 0 || m->objects[budget].priority > m->objects[best].priority) {
            best = budget;
        }
    }
    return best;
}

/* The current budget goes behind its equals and starts a new slice. */
void m_ready_rotate(struct model *m)
{
    int budget = m->budget;
    m->sliced = 0;
    m->slice_end = 0;
    if (ready_place(m, budget) >= 0) {
        m->objects[budget].left = 0;
        m_ready_remove(m, budget);
        m->ready[m->ready_count++] = budget;
    }
}

/* A budget is taken from its thread. */
void m_budget_lost(struct model *m, int budget)
{
    m_ready_remove(m, budget);
    if (m->budget == budget) {
        m->budget = 0;
    }
    if (m->sliced == budget) {
        m->sliced = 0;
        m->slice_end = 0;
    }
    for (int i = 0; i < MODEL_CORES; i++) {
        struct model_core *c = &m->cores[i];
        c->budget = c->budget == budget ? 0 : c->budget;
        c->slice_end = c->sliced == budget ? 0 : c->slice_end;
        c->sliced = c->sliced == budget ? 0 : c->sliced;
    }
}

/* Somebody of the same priority is ready besides the current budget. */
bool m_ready_rival(const struct model *m)
{
    for (int i = 0; i < m->ready_count; i++) {
        if (m->ready[i] != m->budget && m->objects[m->ready[i]].core == m->core &&
            m->objects[m->ready[i]].priority == m->objects[m->budget].priority) {
            return true;
        }
    }
    return false;
}

/* The slice of the budget that runs now begins, or goes on where it was interrupted. */
static void slice_count(struct model *m, int budget)
{
    struct model_object *before = &m->objects[m->sliced], *now = &m->objects[budget];
    if (m->sliced == budget) {
        return;
    }
    if (m->sliced && ready_place(m, m->sliced) >= 0 && m->slice_end != 0) {
        before->left = m->slice_end > m->now ? m->slice_end - m->now : 1;
    }
    uint64_t ticks = now->left ? now->left : now->slice;
    m->sliced = budget;
    m->slice_end =
        budget && now->slice ? (ticks < UINT64_MAX - m->now ? m->now + ticks : UINT64_MAX) : 0;
}

/* The thread that a budget is bound to: the one that holds it. */
static int budget_thread(const struct model *m, int budget)
{
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        bool runs = m->objects[i].type == BH_THREAD || m->objects[i].type == BH_VCPU;
        if (runs && model_bound(m, i, ROLE_BUDGET) == budget) {
            return i;
        }
    }
    return 0;
}

void m_schedule(struct model *m)
{
    int budget, thread = 0;
    if (m->handed) {
        m->current = m->handed;
        m->handed = 0;
        return;
    }
    do {
        budget = ready_first(m);
        m->helping = false;
        thread = budget ? m_message_chain_end(m, budget_thread(m, budget), 0) : 0;
    } while (budget != ready_first(m) ||
             (budget && !thread)); /* helping may have woken somebody more urgent */
    m->budget = budget;
    m->current = thread;
    slice_count(m, budget);
}

void m_deadline_set(struct model *m, int thread, uint64_t when)
{
    struct model_thread *t = m_thread_part(m, thread);
    t->deadline = when;
    t->deadline_born = when ? ++m->stamp : 0;
}

/* The thread whose deadline is over for the longest time, the first that asked among equals. */
static int deadline_over(const struct model *m)
{
    int best = 0;
    for (int i = 1; i < MODEL_THREADS; i++) {
        const struct model_thread *t = &m->threads[i], *b = &m->threads[best];
        if (t->object == 0 || t->deadline == 0 || t->deadline > m->now || t->core != m->core) {
            continue;
        }
        if (!best || t->deadline < b->deadline ||
            (t->deadline == b->deadline && t->deadline_born < b->deadline_born)) {
            best = i;
        }
    }
    return best ? m->threads[best].object : 0;
}

void model_use_core(struct model *m, uint32_t core)
{
    m->cores[m->core] =
        (struct model_core){m->current, m->budget, m->sliced, m->slice_end, m->helping};
    struct model_core now = m->cores[core];
    m->cores[core] = (struct model_core){0};
    m->core = core;
    m->current = now.current;
    m->budget = now.budget;
    m->sliced = now.sliced;
    m->slice_end = now.slice_end;
    m->helping = now.helping;
}

void model_look(struct model *m)
{
    m_schedule(m);
}

#define DEADLINES_AT_ONCE 4 /* one kernel entry stays bounded; the timer fires again for the rest */

void model_tick(struct model *m)
{
    for (int i = 0; i < DEADLINES_AT_ONCE; i++) {
        int thread = deadline_over(m);
        if (thread == 0) {
            break;
        }
        m_deadline_set(m, thread, 0);
        if (m_thread_part(m, thread)->state == M_IDLE) {
            m_thread_part(m, thread)->state = M_READY;
        } else if (m_thread_part(m, thread)->state == M_WAITING) {
            m_event_deliver(m, thread, BH_EVENT_DEADLINE, 0);
        }
        m_ready_update(m, thread);
    }
    if (m->slice_end != 0 && m->slice_end <= m->now) {
        m_ready_rotate(m);
    }
    m_schedule(m);
}
