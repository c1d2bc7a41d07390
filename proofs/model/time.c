/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs: the first of the ready budgets, and of the chain of calls that begins at its thread,
 * the end. Decided anew at the end of every event. */
#include "proofs/model/parts.h"

/* A budget is ready exactly while its thread has no caller and wants to run or waits for a
 * callee. */
static bool wants_time(const struct model *m, const struct model_thread *t)
{
    /* by a caller of its own core */
    bool lent = t->caller && m->threads[m->objects[t->caller].part].state != M_AWAY;
    return !lent && (t->state == M_READY || t->state == M_RETRY || t->state == M_CALLING);
}

int m_ready_place(const struct model *m, int budget)
{
    for (int i = 0; i < m->ready_count; i++) {
        if (m->ready[i] == budget) {
            return i;
        }
    }
    return -1;
}

int m_aside_place(const struct model *m, int budget)
{
    const struct model_post *p = &m->posts[m->objects[budget].core];
    for (int i = 0; i < p->aside_count; i++) {
        if (p->aside[i] == budget) {
            return i;
        }
    }
    return -1;
}

/* It wants time: it is ready, put aside, or waits for a refill. */
static bool queued(const struct model *m, int budget)
{
    return m_ready_place(m, budget) >= 0 || m_aside_place(m, budget) >= 0 ||
           m->objects[budget].refill_born != 0;
}

void m_ready_remove(struct model *m, int budget)
{
    int aside = m_aside_place(m, budget);
    int place = m_ready_place(m, budget);
    struct model_post *p = &m->posts[m->objects[budget].core];
    m->objects[budget].refill_born = 0;
    for (int i = aside; i >= 0 && i + 1 < p->aside_count; i++) {
        p->aside[i] = p->aside[i + 1];
    }
    p->aside_count -= aside >= 0;
    p->aside_left -= aside >= 0 && aside < p->aside_left;
    if (place < 0) {
        return;
    }
    m->objects[budget].left = 0;
    for (int i = place; i + 1 < m->ready_count; i++) {
        m->ready[i] = m->ready[i + 1];
    }
    m->ready_count--;
}

/* ---- limited budgets: what was used in one piece comes back a period after it began ---- */

int64_t model_available(const struct model_object *budget)
{
    uint64_t missing = 0;
    for (int i = 0; i < budget->refill_count; i++) {
        missing += budget->refills[i].ticks;
    }
    return (int64_t)(budget->amount - missing);
}

static void refill_remove(struct model_object *b, int place)
{
    for (b->refill_count--; place < b->refill_count; place++) {
        b->refills[place] = b->refills[place + 1];
    }
}

/* A derived budget whose parent is gone, or going, has nothing any more; nor have those derived
 * from it. */
static bool has_parents(const struct model *m, const struct model_object *b)
{
    while (b->nesting != 0) {
        int cap = b->binding[ROLE_PARENT];
        if (!cap || m->objects[m->caps[cap].object].dying) {
            return false;
        }
        b = &m->objects[m->caps[cap].object];
    }
    return true;
}

static void refills_due(const struct model *m, struct model_object *b)
{
    uint64_t now = m->now;
    if (!has_parents(m, b)) {
        b->amount = 0;
        b->refill_count = 0;
    }
    while (b->refill_count > 0 && b->refills[0].when <= now) {
        refill_remove(b, 0);
    }
}

/* How long a refill, used without a pause, is over before its successor comes. */
static uint64_t pause_behind(const struct model_refill *r)
{
    uint64_t end = r[0].when + r[0].ticks;
    return r[1].when > end ? r[1].when - end : 0;
}

/* One refill more, the last in time; afterwards there are at most MODEL_REFILLS: if there is no
 * room, some refill joins its successor so late that there is no pause between them: the one for
 * which ticks times that pause is least, the earliest among equals. */
static void refill_new(struct model_object *b, struct model_refill new)
{
    struct model_refill all[MODEL_REFILLS + 1];
    int count = b->refill_count, best = 0;
    for (int i = 0; i < count; i++) {
        all[i] = b->refills[i];
    }
    all[count++] = new;
    for (int i = 1; count > MODEL_REFILLS && i + 1 < count; i++) {
        if (pause_behind(&all[i]) * all[i].ticks < pause_behind(&all[best]) * all[best].ticks) {
            best = i;
        }
    }
    if (count > MODEL_REFILLS) {
        all[best + 1].when = all[best].when + pause_behind(&all[best]);
        all[best + 1].ticks += all[best].ticks;
        count--;
        for (int i = best; i < count; i++) {
            all[i] = all[i + 1];
        }
    }
    b->refill_count = count;
    for (int i = 0; i < count; i++) {
        b->refills[i] = all[i];
    }
}

/* What was used comes back; if that is before the last refill can be used up, with that one. */
static void refill_add(struct model_object *b, struct model_refill new)
{
    struct model_refill *last = &b->refills[b->refill_count > 0 ? b->refill_count - 1 : 0];
    if (b->refill_count > 0 && new.when <= last->when + last->ticks) {
        last->ticks += new.ticks;
    } else {
        refill_new(b, new);
    }
}

/* The budget joins the end of the ready queue, or waits for its first refill. */
static void ready_join(struct model *m, int budget)
{
    struct model_object *b = &m->objects[budget];
    if (b->period && model_available(b) <= 0) {
        refills_due(m, b);
    }
    if (b->period && model_available(b) <= 0) {
        b->refill_born = ++m->stamp;
    } else {
        m->ready[m->ready_count++] = budget;
    }
}

/* After a change of a thread: its budget joins the end of the queue, stays, or leaves. */
void m_ready_update(struct model *m, int thread)
{
    int budget = model_bound(m, thread, ROLE_BUDGET);
    if (budget == 0) {
        return;
    }
    if (!wants_time(m, m_thread_part(m, thread))) {
        m_ready_remove(m, budget);
    } else if (!queued(m, budget)) {
        ready_join(m, budget);
    }
}

static int ready_first(const struct model *m)
{
    int best = 0;
    for (int i = 0; i < m->ready_count; i++) {
        int budget = m->ready[i];
        const struct model_object *b = &m->objects[budget], *first = &m->objects[best];
        if (b->core != m->core || !m_plan_admits(m, b)) {
            continue;
        }
        bool before = b->priority == first->priority && b->group != 0 && first->group == 0;
        if (best == 0 || b->priority > first->priority || before) {
            best = budget;
        }
    }
    return best;
}

/* A count ends: what the budget used is charged to it, and whoever is told is told. */
static void count_end(struct model *m, struct model_count *count)
{
    struct model_object *b = &m->objects[count->budget];
    uint64_t used = m->now - count->since;
    bool ready = m_ready_place(m, count->budget) >= 0;
    int budget = count->budget;
    if (count->stop == 0) {
        return;
    }
    if (m_budget_thread(m, budget)) {
        m_cell_part(m, m_thread_part(m, m_budget_thread(m, budget))->cell)->time += used;
    }
    *count = (struct model_count){0};
    if (b->slice && ready) {
        b->left = b->left > used ? b->left - used : 1;
    }
    if (b->period == 0 || used == 0) {
        return;
    }
    refill_add(
        b, (struct model_refill){m->now - used + b->period, used < b->period ? used : b->period});
    refills_due(m, b);
    if (model_available(b) > 0) {
        return;
    }
    if (ready) {
        m_ready_remove(m, budget);
        ready_join(m, budget);
    }
    int signal = b->binding[ROLE_EXHAUSTED];
    if (signal) {
        (void)m_signal_send(m, m->caps[signal].object, m->caps[signal].badge);
    }
}

/* The running of another budget (0: of none) is counted from now on. */
static void count_switch(struct model *m, int budget)
{
    struct model_object *b = &m->objects[budget];
    count_end(m, &m->count);
    m->count = (struct model_count){.budget = budget, .since = m->now};
    if (b->slice) {
        b->left = b->left ? b->left : b->slice;
        m->count.stop = m->now + b->left;
    }
    if (b->period) {
        refills_due(m, b);
        if (model_available(b) <= 0) { /* its parent is gone */
            m_ready_remove(m, budget);
            ready_join(m, budget);
            m->count.stop = 0;
            return;
        }
        uint64_t end = m->now + (uint64_t)model_available(b);
        m->count.stop = b->slice && m->count.stop < end ? m->count.stop : end;
    }
}

/* The current budget goes behind its equals and starts a new slice. */
void m_ready_rotate(struct model *m)
{
    int budget = m->budget;
    count_switch(m, 0);
    if (m_ready_place(m, budget) >= 0) {
        m_ready_remove(m, budget);
        m->ready[m->ready_count++] = budget;
    }
}

/* What a budget used is charged, and it is nobody's current one any more. */
static void forget(struct model *m, int budget)
{
    if (m->count.budget == budget) {
        count_switch(m, 0);
    }
    if (m->budget == budget) {
        m->budget = 0;
    }
}

/* A budget is taken from its thread. */
void m_budget_lost(struct model *m, int budget)
{
    forget(m, budget);
    m_ready_remove(m, budget);
    m->objects[budget].priority = m->objects[budget].ceiling;
}

/* The thread that a budget is bound to: the one that holds it. */
int m_budget_thread(const struct model *m, int budget)
{
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        bool runs = m->objects[i].type == BH_THREAD || m->objects[i].type == BH_VCPU;
        if (runs && model_bound(m, i, ROLE_BUDGET) == budget) {
            return i;
        }
    }
    return 0;
}

/* A limited budget's amount becomes smaller at once, or larger by what comes a period from now. */
static void amount_change(struct model *m, int budget, uint64_t less, uint64_t more)
{
    struct model_object *b = &m->objects[budget];
    if (b->period == 0) {
        return;
    }
    forget(m, budget);
    b->amount += more - less;
    if (more) {
        refill_new(b, (struct model_refill){m->now + b->period, more});
    }
    refills_due(m, b);
    if (queued(m, budget)) {
        m_ready_remove(m, budget);
        m_ready_update(m, m_budget_thread(m, budget));
    }
}

/* A new budget is a part of parent. Its first amount comes after its first period. */
void m_budget_give(struct model *m, int parent, int budget, uint64_t share)
{
    struct model_object *b = &m->objects[budget];
    b->share = share;
    b->group = m->objects[parent].group;
    b->refill_count = 1;
    b->refills[0] = (struct model_refill){m->now + b->period, b->amount};
    refills_due(m, b);
    amount_change(m, parent, share, 0);
}

/* A budget loses its parent, which gets back what it gave. Whoever runs may be a part of it. */
void m_budget_orphaned(struct model *m, int parent, int budget)
{
    int counted = m->objects[parent].core == m->core ? m->count.budget : 0;
    if (counted) {
        forget(m, counted);
    }
    amount_change(m, parent, 0, m->objects[budget].share);
}

void m_budget_group(struct model *m, int budget, uint32_t group)
{
    bool wanted = queued(m, budget);
    m_ready_remove(m, budget);
    m->objects[budget].group = group;
    if (wanted) {
        m_ready_update(m, m_budget_thread(m, budget));
    }
}

/* Without a group, ready on this core, of this priority. */
static bool is_plain(const struct model *m, int budget, uint32_t priority)
{
    const struct model_object *b = &m->objects[budget];
    return b->core == m->core && b->group == 0 && b->priority == priority;
}

/* Somebody of the same priority is ready besides the current budget, or may be, in its group. */
bool m_ready_rival(const struct model *m)
{
    const struct model_object *current = &m->objects[m->budget];
    bool rival = m->budget && current->group != 0;
    for (int i = 0; i < m->ready_count && !rival; i++) {
        rival = m->ready[i] != m->budget && is_plain(m, m->ready[i], current->priority);
    }
    return rival;
}

/* The core holds the registers of the last vCPU that ran. */
static void turn_to(struct model *m, int thread)
{
    if (thread && m->objects[thread].type == BH_VCPU) {
        m->owner = thread;
    }
}

/* The thread that a budget leads to; 0: one must look again. While that thread is away, nothing can
 * be done on the budget. */
static int chain_follow(struct model *m, int budget)
{
    int thread = m_message_chain_end(m, m_budget_thread(m, budget), 0);
    struct model_post *p = &m->posts[m->core];
    if (!thread || m_thread_part(m, thread)->state != M_AWAY) {
        return thread;
    }
    if (m_ready_place(m, budget) >= 0) {
        m_ready_remove(m, budget);
        p->aside[p->aside_count++] = budget;
    }
    return 0;
}

void m_schedule(struct model *m)
{
    int budget, thread = 0, before = m->budget;
    turn_to(m, m->handed);
    m->handed = 0;
    m_posted_look(m, before);
    do {
        budget = ready_first(m);
        m->helping = false;
        thread = budget ? chain_follow(m, budget) : 0;
        if (budget == ready_first(m) && (thread || !budget) && m->count.budget != budget) {
            count_switch(m, budget);
            turn_to(m, thread);
        }
    } while (budget != ready_first(m) || (budget && !thread));
    /* again: helping, or the end of an amount, may have woken somebody more urgent */
    m->budget = budget;
    m->current = thread;
    turn_to(m, thread);
    m_posted_switch(m, before);
}

void m_deadline_set(struct model *m, int thread, uint64_t when)
{
    struct model_thread *t = m_thread_part(m, thread);
    if (t->deadline == when) {
        return; /* it keeps its place */
    }
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
        (struct model_core){m->current, m->budget, m->count, m->helping, m->owner, m->fp_owner};
    struct model_core now = m->cores[core];
    m->posts[m->core].idling = m->current == 0;
    m->posts[core].idling = false;
    m->cores[core] = (struct model_core){0};
    m->core = core;
    m->current = now.current;
    m->budget = now.budget;
    m->count = now.count;
    m->helping = now.helping;
    m->owner = now.owner;
    m->fp_owner = now.fp_owner;
}

/* The budget that has waited longest beyond its first refill. */
static int refill_over(const struct model *m)
{
    int best = 0;
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        const struct model_object *o = &m->objects[i], *b = &m->objects[best];
        if (o->type != BH_BUDGET || o->refill_born == 0 || o->core != m->core ||
            o->refill_count == 0 || o->refills[0].when > m->now) {
            continue;
        }
        if (!best || o->refills[0].when < b->refills[0].when ||
            (o->refills[0].when == b->refills[0].when && o->refill_born < b->refill_born)) {
            best = i;
        }
    }
    return best;
}

static void deadline_come(struct model *m, int thread)
{
    struct model_thread *t = m_thread_part(m, thread);
    m_deadline_set(m, thread, 0);
    if (t->state == M_WAITING) {
        m_event_deliver(m, thread, BH_EVENT_DEADLINE, 0);
        m_ready_update(m, thread);
    } else if (t->vcpu) {
        t->timer_due = m->owner != thread;
        m_vcpu_wake(m, thread);
    }
}

/* In the kernel several entries, each of which is bounded; who runs is decided in the last one. */
void model_tick(struct model *m)
{
    int thread = 0, budget = 0;
    m_plan_tick(m);
    while ((thread = deadline_over(m)) != 0 || (budget = refill_over(m)) != 0) {
        if (thread != 0) {
            deadline_come(m, thread);
        } else {
            m_ready_remove(m, budget);
            ready_join(m, budget);
        }
    }
    if (m->count.stop != 0 && m->count.stop <= m->now) {
        m_ready_rotate(m); /* its slice or amount is over */
    }
    m_schedule(m);
}
