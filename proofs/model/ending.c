/* SPDX-License-Identifier: Apache-2.0 */
/* How objects end: nothing of a dying object has an effect any more; then what it holds goes, the
 * youngest first; then every capability to it; then its memory. */
#include "proofs/model/parts.h"

#define PAGE_ORDER 12

static bool runs(const struct model_object *o)
{
    return o->type == BH_THREAD || o->type == BH_VCPU;
}

/* The thread that a budget is bound to. */
static int user_of(const struct model *m, int budget)
{
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        if (runs(&m->objects[i]) && model_bound(m, i, ROLE_BUDGET) == budget) {
            return i;
        }
    }
    return 0;
}

static void mark(struct model *m, int object)
{
    struct model_object *o = &m->objects[object];
    if (o->dying) {
        return;
    }
    o->dying = true;
    if (runs(o)) {
        m_thread_suspend(m, object);
    }
    for (int role = 1; role < ROLE_COUNT; role++) {
        m_binding_end(m, object, (enum model_role)role);
    }
    if (o->type == BH_BUDGET && user_of(m, object)) {
        m_binding_end(m, user_of(m, object), ROLE_BUDGET);
    }
}

/* The youngest object that a pool paid for, or thread of a cell. */
static int youngest_inside(const struct model *m, int object)
{
    int best = 0;
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        const struct model_object *o = &m->objects[i];
        bool inside = m->objects[object].type == BH_POOL
                          ? o->type && o->pool == object
                          : m->objects[object].type == BH_CELL && runs(o) &&
                                m->threads[o->part].cell == object;
        if (inside && (!best || o->born > m->objects[best].born)) {
            best = i;
        }
    }
    return best;
}

static int innermost(struct model *m, int object)
{
    for (;;) {
        mark(m, object);
        int inside = youngest_inside(m, object);
        if (!inside) {
            return object;
        }
        object = inside;
    }
}

/* What a dying cell's table and space hold. */
static model_status empty_cell(struct model *m, int cell)
{
    struct model_cell *c = m_cell_part(m, cell);
    for (uint32_t i = 0; i < c->slot_count; i++) {
        while (c->slots[i] != 0) {
            if (!m_unit_spend(m)) {
                return MODEL_AGAIN;
            }
            if (c->slots[i] == MODEL_TOMBSTONE) {
                c->slots[i] = 0;
            } else if (m_cap_prune(m, c->slots[i], true) != BH_OK) {
                return MODEL_AGAIN;
            }
        }
    }
    return m_space_give_tables(m, cell);
}

/* Where the bytes of pool memory are in its pool. */
static uint32_t pooled_offset(const struct model *m, int object)
{
    uint64_t offset = m->objects[object].base - m->sizes.pool_base;
    for (int pool = m->objects[object].pool; pool; pool = m->objects[pool].pool) {
        offset -= m->objects[pool].offset;
    }
    return (uint32_t)offset;
}

static void give_blocks(struct model *m, int object)
{
    struct model_object *o = &m->objects[object];
    if (o->type == BH_CELL) {
        struct model_cell *c = m_cell_part(m, object);
        m_pool_give(m, o->pool, PAGE_ORDER, c->root_offset);
        m_pool_give(m, o->pool, c->table_order, c->table_offset);
        c->object = 0;
    } else if (runs(o)) {
        struct model_thread *t = m_thread_part(m, object);
        m_thread_unload(m, object);
        if (t->fp) {
            m_pool_give(m, o->pool, m->sizes.fp_order, t->fp_offset);
        }
        if (t->vcpu) {
            m_pool_give(m, o->pool, t->virqs_order, t->virqs_offset);
        }
        t->object = 0;
    } else if (o->type == BH_POOL) {
        m_pool_part(m, object)->object = 0;
    } else if (o->pooled) {
        m_pool_give(m, o->pool, order_of(o->size), pooled_offset(m, object));
    }
    m_pool_give(m, o->pool, o->order, o->offset);
    o->type = BH_EMPTY;
}

/* Every capability but mine; then what a cell holds; then mine and the object itself. */
static model_status end_one(struct model *m, int object, int mine)
{
    int cap;
    while ((cap = model_cap_first(m, object, mine)) != 0) {
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        if (m_cap_remove(m, cap, MODEL_TOMBSTONE) != BH_OK) {
            return MODEL_AGAIN;
        }
    }
    if (m->objects[object].type == BH_CELL && empty_cell(m, object) != BH_OK) {
        return MODEL_AGAIN;
    }
    if (!m_unit_spend(m)) {
        return MODEL_AGAIN;
    }
    if (mine && m->caps[mine].object == object && m_cap_remove(m, mine, 0) != BH_OK) {
        return MODEL_AGAIN;
    }
    give_blocks(m, object);
    return BH_OK;
}

model_status m_object_destroy(struct model *m, int object, int mine)
{
    int victim;
    do {
        victim = innermost(m, object);
        model_status result = end_one(m, victim, victim == object ? mine : 0);
        if (result != BH_OK) {
            return result;
        }
        if (victim != object && !m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
    } while (victim != object);
    return BH_OK;
}

static bool pool_inside(const struct model *m, int pool, int object)
{
    for (; pool; pool = m->objects[pool].pool) {
        if (pool == object) {
            return true;
        }
    }
    return false;
}

bool model_encloses(const struct model *m, int object, int thread)
{
    int cell = m->threads[m->objects[thread].part].cell;
    return object == thread || object == cell || pool_inside(m, m->objects[thread].pool, object) ||
           pool_inside(m, m->objects[cell].pool, object);
}
