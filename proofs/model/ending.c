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

/* All that it is bound to, a binding at a time; a thread and its budget are parted first, when one
 * of the two goes. */
static model_status bindings_end(struct model *m, int object)
{
    const struct model_object *o = &m->objects[object];
    int user = runs(o) ? object : o->type == BH_BUDGET ? user_of(m, object) : 0;
    if (user && model_bound(m, user, ROLE_BUDGET)) {
        m_binding_end(m, user, ROLE_BUDGET);
        return MODEL_AGAIN;
    }
    for (int role = 1; role < ROLE_COUNT; role++) {
        bool bound = model_bound(m, object, (enum model_role)role) != 0;
        m_binding_end(m, object, (enum model_role)role);
        if (bound && o->type != BH_BUDGET && !m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
    }
    return BH_OK;
}

static model_status mark(struct model *m, int object)
{
    struct model_object *o = &m->objects[object];
    if (o->stopped) {
        return BH_OK;
    }
    o->dying = true;
    uint32_t core = m_core_holding(m, object);
    if (core != NOWHERE && core != m->core) {
        return m_move(m, core);
    }
    model_status result = runs(o) ? m_thread_stop(m, object) : BH_OK;
    if (result != BH_OK) {
        return result;
    }
    result = runs(o) && !m_unit_spend(m) ? MODEL_AGAIN : bindings_end(m, object);
    if (result != BH_OK) {
        return result;
    }
    if (runs(o)) {
        m_thread_unload(m, object);
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
    }
    o->stopped = true;
    return m_unit_spend(m) ? BH_OK : MODEL_AGAIN;
}

/* The youngest object that a pool paid for, or thread of a cell. */
static int youngest_inside(const struct model *m, int object)
{
    int best = 0;
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        const struct model_object *o = &m->objects[i];
        bool inside = o->buried ? false
                      : m->objects[object].type == BH_POOL
                          ? o->type && o->pool == object
                          : m->objects[object].type == BH_CELL && runs(o) &&
                                m->threads[o->part].cell == object;
        if (inside && (!best || o->born > m->objects[best].born)) {
            best = i;
        }
    }
    return best;
}

static model_status innermost(struct model *m, int object, int *victim)
{
    model_status result = BH_OK;
    while (object && result == BH_OK) {
        result = mark(m, object);
        *victim = object;
        object = youngest_inside(m, object);
    }
    return result;
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
            model_status result = BH_OK;
            if (c->slots[i] == MODEL_TOMBSTONE) {
                c->slots[i] = 0;
            } else {
                result = m_cap_prune(m, c->slots[i], true);
            }
            if (result != BH_OK) {
                return result;
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

/* Give back the end of a block of which so many bytes are left, a page at most; what is left. */
static uint64_t give_end(struct model *m, int pool, uint32_t offset, uint64_t bytes)
{
    uint64_t part = bytes < UINT64_C(1) << PAGE_ORDER ? bytes : UINT64_C(1) << PAGE_ORDER;
    m_pool_give(m, pool, order_of(part), (uint32_t)(offset + bytes - part));
    return bytes - part;
}

/* The same of a block of one piece, unless it is gone (no block is at 0). */
static bool give_part(struct model *m, int pool, uint8_t order, uint32_t *offset)
{
    bool there = *offset != 0;
    if (there) {
        m_pool_give(m, pool, order, *offset);
        *offset = 0;
    }
    return there;
}

/* Something that a dead object consists of beside its own block. False: nothing is left. */
static bool give_inside(struct model *m, int object)
{
    struct model_object *o = &m->objects[object];
    if (o->type == BH_CELL) {
        struct model_cell *c = m_cell_part(m, object);
        bool root = give_part(m, o->pool, PAGE_ORDER, &c->root_offset);
        bool table = !root && c->table_bytes != 0;
        c->table_bytes = table ? (uint32_t)give_end(m, o->pool, c->table_offset, c->table_bytes)
                               : c->table_bytes;
        return root || table;
    }
    if (runs(o)) {
        struct model_thread *t = m_thread_part(m, object);
        return give_part(m, o->pool, t->virqs_order, &t->virqs_offset);
    }
    if (o->pooled) {
        o->size = give_end(m, o->pool, pooled_offset(m, object), o->size);
        o->pooled = o->size != 0;
        return true;
    }
    return false;
}

static void give_block(struct model *m, int object)
{
    struct model_object *o = &m->objects[object];
    if (give_inside(m, object)) {
        return;
    }
    if (o->type == BH_CELL) {
        m_cell_part(m, object)->object = 0;
    } else if (runs(o)) {
        m_thread_part(m, object)->object = 0;
    } else if (o->type == BH_POOL) {
        m_pool_part(m, object)->object = 0;
    }
    m_pool_give(m, o->pool, o->order, o->offset);
    o->type = BH_EMPTY;
}

/* Nobody names it any more; other cores may be looking at it until the epoch is over. */
static void bury(struct model *m, int object)
{
    struct model_object *o = &m->objects[object];
    o->buried = ++m->stamp;
    m_pool_part(m, o->pool)->epoch = m_epoch_after(m);
}

static int youngest_buried(const struct model *m, int pool)
{
    int best = 0;
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        const struct model_object *o = &m->objects[i];
        if (o->type && o->buried && o->pool == pool && o->buried > m->objects[best].buried) {
            best = i;
        }
    }
    return best;
}

/* The core that got an object's mail last may be handling it. */
static model_status last_mail(struct model *m, uint32_t core, bool waits)
{
    return m_core_online(m, core) && (waits || core != m->core) ? m_move(m, core) : BH_OK;
}

static model_status unearth(struct model *m, int object)
{
    const struct model_object *o = &m->objects[object];
    model_status result = BH_OK;
    if (runs(o)) {
        result = last_mail(m, m->threads[o->part].core, m->threads[o->part].noted);
    } else if (o->type == BH_LINE && o->after) {
        result = last_mail(m, o->after - 1, o->wish != 0);
    }
    if (result == BH_OK) {
        give_block(m, object);
    }
    return result;
}

/* What died in a pool is free as soon as no core can be using it. */
model_status m_object_settle(struct model *m, int pool)
{
    int dead;
    while ((dead = youngest_buried(m, pool)) != 0) {
        if (!m_epoch_over(m, m_pool_part(m, pool)->epoch)) {
            return MODEL_MOVE;
        }
        model_status result = unearth(m, dead);
        if (result == BH_OK && !m_unit_spend(m)) {
            result = MODEL_AGAIN;
        }
        if (result != BH_OK) {
            return result;
        }
    }
    return BH_OK;
}

/* Every capability but mine becomes a tombstone. */
static model_status entomb(struct model *m, int object, int mine)
{
    int cap;
    while ((cap = model_cap_first(m, object, mine)) != 0) {
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        model_status result = m_cap_remove(m, cap, MODEL_TOMBSTONE);
        if (result != BH_OK) {
            return result;
        }
    }
    return BH_OK;
}

/* Then what a cell or pool holds; then mine and the object itself. */
static model_status end_one(struct model *m, int object, int mine)
{
    model_status result = entomb(m, object, mine);
    if (result == BH_OK && m->objects[object].type == BH_CELL) {
        result = empty_cell(m, object);
    }
    if (result == BH_OK && !m_unit_spend(m)) {
        result = MODEL_AGAIN;
    }
    if (result == BH_OK && m->objects[object].type == BH_POOL) {
        result = m_object_settle(m, object);
    }
    if (result == BH_OK && mine) {
        result = m_cap_remove(m, mine, 0);
    }
    if (result == BH_OK) {
        bury(m, object);
    }
    return result;
}

model_status m_object_destroy(struct model *m, int object, int mine)
{
    int victim = 0;
    do {
        model_status result = innermost(m, object, &victim);
        if (result == BH_OK && victim == object && m->caps[mine].object != object) {
            result = BH_NO_CAP; /* it went with what the object held */
        }
        if (result == BH_OK) {
            result = end_one(m, victim, victim == object ? mine : 0);
        }
        if (result != BH_OK) {
            return result;
        }
        bool more = m_unit_spend(m);
        if (more) { /* what can be, now */
            more = m_object_settle(m, m->objects[victim].pool) == BH_OK;
        }
        if (victim != object && !more) {
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
