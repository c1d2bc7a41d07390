/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: a tree for each object; whoever loses a capability loses what was derived from
 * it. */
#include "proofs/model/parts.h"

bool m_unit_spend(struct model *m)
{
    if (m->units == 0 || m->rest) {
        return false;
    }
    m->units--;
    return true;
}

model_status m_cap_find(const struct model *m, int cell, uint64_t index, struct need need,
                        int *found)
{
    const struct model_cell *c = &m->cells[m->objects[cell].part];
    int cap = index < c->slot_count ? c->slots[index] : 0;
    if (cap == 0) {
        return BH_NO_CAP;
    }
    if (cap == MODEL_TOMBSTONE ||
        (m->objects[m->caps[cap].object].dying && !(need.types & DYING_TOO))) {
        return BH_STALE;
    }
    if (!(need.types & BIT(m->objects[m->caps[cap].object].type))) {
        return BH_BAD_TYPE;
    }
    if (need.rights & ~(uint32_t)m->caps[cap].rights) {
        return BH_NO_RIGHT;
    }
    *found = cap;
    return BH_OK;
}

bool m_slot_empty(const struct model *m, int cell, uint64_t index)
{
    const struct model_cell *c = &m->cells[m->objects[cell].part];
    return index != 0 && index < c->slot_count && c->slots[index] == 0;
}

bool m_cap_may_derive(struct model *m, int cap)
{
    struct model_object *object = &m->objects[m->caps[cap].object];
    if (object->frozen > 0) {
        object->frozen--;
        return false;
    }
    return m->caps[cap].depth + 1 < MODEL_LINEAGE;
}

/* The youngest child of a capability (of none: the youngest without parent) of an object. */
static int cap_youngest(const struct model *m, int object, int parent, int except)
{
    int best = 0;
    for (int i = 1; i < MODEL_CAPS; i++) {
        const struct model_cap *c = &m->caps[i];
        if (c->object == object && c->parent == parent && i != except &&
            (!best || c->born > m->caps[best].born)) {
            best = i;
        }
    }
    return best;
}

/* The first capability of an object (parent 0) or a child, with all that the parent has. */
int m_cap_add(struct model *m, int parent, int object, int holder, int place)
{
    int cap = 1, sibling = cap_youngest(m, object, parent, 0);
    while (m->caps[cap].object) {
        cap++;
    }
    m->caps[cap] = (struct model_cap){
        .object = object, .parent = parent, .born = ++m->stamp, .holder = holder, .place = place};
    m->caps[cap].depth = !parent ? 0 : sibling ? m->caps[sibling].depth : m->caps[parent].depth + 1;
    m->caps[cap].rights = parent ? m->caps[parent].rights : BH_ALL;
    m->caps[cap].badge = parent ? m->caps[parent].badge : 0;
    if (place > 0) {
        m->cells[m->objects[holder].part].slots[place] = cap;
    } else {
        m->objects[holder].binding[-place] = cap;
    }
    return cap;
}

/* In the order in which an object's end takes them: parents first, the youngest branch first. */
int model_cap_first(const struct model *m, int object, int except)
{
    int first = cap_youngest(m, object, 0, 0);
    if (first && first == except) {
        int child = cap_youngest(m, object, except, 0);
        first = child ? child : cap_youngest(m, object, 0, except);
    }
    return first;
}

int model_cap_after(const struct model *m, int cap)
{
    int next = cap_youngest(m, m->caps[cap].object, cap, 0);
    for (; !next && cap; cap = m->caps[cap].parent) {
        for (int i = 1; i < MODEL_CAPS; i++) {
            const struct model_cap *c = &m->caps[i], *self = &m->caps[cap];
            bool older =
                c->object == self->object && c->parent == self->parent && c->born < self->born;
            if (older && (!next || c->born > m->caps[next].born)) {
                next = i;
            }
        }
    }
    return next;
}

/* What goes with a capability that an object held. */
static void binding_lost(struct model *m, int holder, enum model_role role, int object)
{
    if (role == ROLE_BUDGET) {
        m_budget_lost(m, object);
    } else if (role == ROLE_IRQ) {
        m->objects[holder].active = false;
    }
}

/* The core that a binding is used on. */
static uint32_t binding_core(const struct model *m, const struct model_cap *c)
{
    uint32_t core = NOWHERE;
    int role = -c->place;
    if (role == ROLE_BUDGET || role == ROLE_HANDLER) {
        core = m->threads[m->objects[c->holder].part].core;
    } else if (role == ROLE_PARENT || role == ROLE_EXHAUSTED || role == ROLE_IRQ) {
        core = m->objects[c->holder].core;
    }
    return m_core_or_any(m, core);
}

static void binding_end(struct model *m, const struct model_cap *c)
{
    int role = -c->place;
    bool time = role == ROLE_PARENT || role == ROLE_BUDGET;
    m->objects[c->holder].binding[role] = 0;
    m->rest = m->rest || (time && m->objects[c->object].core == m->core);
    if (role == ROLE_PARENT) {
        m_budget_orphaned(m, c->object, c->holder);
    }
    binding_lost(m, c->holder, (enum model_role)role, c->object);
}

/* Empty one place. Its children come to its parent: they are going too. */
model_status m_cap_remove(struct model *m, int cap, int leave)
{
    struct model_cap *c = &m->caps[cap];
    uint32_t core = c->place > 0 ? NOWHERE : binding_core(m, c);
    if (core != NOWHERE && core != m->core) {
        return m_move(m, core);
    }
    if (m->objects[c->object].type == BH_MEMORY) {
        model_status result = m_space_unmap(m, cap);
        if (result != BH_OK) {
            return result;
        }
    }
    if (c->place > 0) {
        m->cells[m->objects[c->holder].part].slots[c->place] = leave;
    } else {
        binding_end(m, c);
    }
    for (int i = 1; i < MODEL_CAPS; i++) {
        if (m->caps[i].object && m->caps[i].parent == cap) {
            m->caps[i].parent = c->parent;
        }
    }
    if (c->pruning) {
        m->objects[c->object].frozen = 0;
    }
    c->object = 0;
    return BH_OK;
}

/* An interrupted prune keeps others from deriving for a while. */
static model_status prune_later(struct model *m, int cap, model_status result)
{
    m->caps[cap].pruning = true;
    m->objects[m->caps[cap].object].frozen = 255;
    return result == MODEL_MOVE ? MODEL_MOVE : MODEL_AGAIN;
}

/* Delete everything derived from a capability, the youngest first and before what is derived from
 * it, and the capability too. */
model_status m_cap_prune(struct model *m, int cap, bool with_self)
{
    int child, removed = 0;
    for (; (child = cap_youngest(m, m->caps[cap].object, cap, 0)) != 0; removed++) {
        model_status result = m_unit_spend(m) ? m_cap_remove(m, child, 0) : MODEL_AGAIN;
        if (result != BH_OK) {
            return prune_later(m, cap, result);
        }
    }
    if (removed > 0 && !m_unit_spend(m)) {
        return prune_later(m, cap, MODEL_AGAIN);
    }
    if (m->caps[cap].pruning) {
        m->caps[cap].pruning = false;
        m->objects[m->caps[cap].object].frozen = 0;
    }
    return with_self ? m_cap_remove(m, cap, 0) : BH_OK;
}

void m_binding_end(struct model *m, int object, enum model_role role)
{
    if (m->objects[object].binding[role]) {
        model_status result = m_cap_remove(m, m->objects[object].binding[role], 0);
        m->wrong = m->wrong || result != BH_OK; /* it is on the core that may do this */
    }
}

model_status m_binding_make(struct model *m, int object, enum model_role role, int parent)
{
    if (!m_cap_may_derive(m, parent)) {
        return BH_BUSY;
    }
    m_binding_end(m, object, role);
    (void)m_cap_add(m, parent, m->caps[parent].object, object, -(int)role);
    return BH_OK;
}

int model_bound(const struct model *m, int object, enum model_role role)
{
    int cap = m->objects[object].binding[role];
    return cap ? m->caps[cap].object : 0;
}
