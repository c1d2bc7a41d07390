/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: whose window it is. */
#include <stddef.h>

#include "abi/plan_page.h"
#include "proofs/model/parts.h"

#define EVERYBODY UINT32_MAX

bool m_plan_admits(const struct model *m, const struct model_object *budget)
{
    const struct model_plan *p = &m->plans[budget->core];
    return !p->ever || p->open >> budget->group & 1;
}

static void prepare(struct model *m, uint32_t core)
{
    struct model_plan *p = &m->plans[core];
    if (!p->ever) {
        p->ever = true;
        p->open = EVERYBODY;
    }
}

static int running(const struct model *m, const struct model_plan *p)
{
    return model_bound(m, p->core, (enum model_role)p->role);
}

static unsigned other(unsigned role)
{
    return role == ROLE_PLAN ? ROLE_PLAN_OTHER : ROLE_PLAN;
}

/* The next window of the plan begins; behind the last one the first, of another plan if that was
 * asked for. */
static void window_begin(struct model *m, struct model_plan *p, uint64_t when)
{
    int plan = running(m, p);
    if (!plan || p->window >= BH_PLAN_WINDOWS || p->window >= m->objects[plan].posted) {
        p->window = 0;
        p->role = p->change ? other(p->role) : p->role;
        p->change = false;
        plan = running(m, p);
    }
    p->boundary = 0;
    p->open = EVERYBODY;
    if (plan) {
        struct bh_window window = m->look(m->who, plan)->windows[p->window];
        p->boundary = when + (window.length < BH_WINDOW_LEAST ? BH_WINDOW_LEAST : window.length);
        p->open = window.open;
    }
}

void m_plan_tick(struct model *m)
{
    struct model_plan *p = &m->plans[m->core];
    while (p->boundary && p->boundary <= m->now) {
        p->window++;
        window_begin(m, p, p->boundary);
    }
}

static model_status start(struct model *m, int core, int memory_cap, bool at_once)
{
    struct model_plan *p = &m->plans[m->core];
    unsigned place = p->role ? other(p->role) : ROLE_PLAN_OTHER;
    model_status result = BH_OK;
    if (memory_cap) {
        result = m_binding_make(m, core, (enum model_role)place, memory_cap);
    } else {
        m_binding_end(m, core, (enum model_role)place);
    }
    if (result != BH_OK) {
        return result;
    }
    prepare(m, m->core);
    p->core = core;
    p->role = other(place);
    p->change = true;
    if (at_once || p->boundary == 0) {
        p->window = UINT8_MAX;
        window_begin(m, p, m->now);
    }
    return BH_OK;
}

model_status on_plan_start(struct model *m, struct ask *a)
{
    int cap = 0;
    struct need need = m_need(BH_MEMORY, BH_MEMORY_READ | BH_MEMORY_WRITE);
    model_status result = a->x[0] ? m_cap_find(m, a->cell, a->x[0], need, &cap) : BH_OK;
    if (result != BH_OK) {
        return result;
    }
    if (a->x[1] > 1 || (cap && !m->objects[m->caps[cap].object].pooled)) {
        return BH_BAD_ARG;
    }
    uint32_t core = m->objects[a->target].core;
    if (core != m->core) {
        return m_core_online(m, core) ? m_move(m, core) : BH_DOWN;
    }
    return start(m, a->target, cap, a->x[1] == 1);
}

model_status on_budget_group(struct model *m, struct ask *a)
{
    int core = 0;
    model_status result = m_object_arg(m, a, a->x[0], m_need(BH_CORE, BH_CORE_PLAN), &core);
    if (result != BH_OK) {
        return result;
    }
    if (a->x[1] >= BH_PLAN_GROUPS || m->objects[core].core != m->objects[a->target].core) {
        return BH_BAD_ARG;
    }
    if (m->objects[a->target].core != m->core) {
        return BH_DOWN; /* that core is off */
    }
    prepare(m, m->core);
    m_budget_group(m, a->target, (uint32_t)a->x[1]);
    return BH_OK;
}
