/* SPDX-License-Identifier: Apache-2.0 */
/* The calls on capabilities, pools and memory: what each checks, in which order, and what it
 * does. */
#include <stddef.h>

#include "proofs/model/parts.h"

#define PAGE  UINT64_C(4096)
#define SPACE (UINT64_C(1) << 39)

/* ---- capabilities ---- */

static model_status derive_check(struct model *m, const struct ask *a, int cell)
{
    const struct model_cap *c = &m->caps[a->cap];
    enum bh_type type = (enum bh_type)m->objects[a->target].type;
    bool mintable = type == BH_ENDPOINT || type == BH_SIGNAL;
    if (!m_slot_empty(m, cell, a->x[1])) {
        return BH_NO_SLOT;
    }
    if (a->x[2] > BH_ALL) {
        return BH_BAD_ARG;
    }
    if (a->x[2] & ~(uint64_t)c->rights) {
        return BH_NO_RIGHT;
    }
    if (a->x[3] != 0 && !mintable) {
        return BH_BAD_ARG;
    }
    if (a->x[3] != 0 && !(c->rights & BH_ENDPOINT_MINT)) {
        return BH_NO_RIGHT;
    }
    if (a->x[3] != 0 && c->badge != 0) {
        return BH_BAD_ARG;
    }
    return m_cap_may_derive(m, a->cap) ? BH_OK : BH_BUSY;
}

model_status on_cap_derive(struct model *m, struct ask *a)
{
    int cell = a->cell;
    model_status result =
        a->x[0] ? m_object_arg(m, a, a->x[0], m_need(BH_CELL, BH_CELL_GRANT), &cell) : BH_OK;
    if (result == BH_OK) {
        result = derive_check(m, a, cell);
    }
    if (result == BH_OK) {
        int child = m_cap_add(m, a->cap, a->target, cell, (int)a->x[1]);
        m->caps[child].rights = (uint8_t)a->x[2];
        m->caps[child].badge = a->x[3] ? a->x[3] : m->caps[child].badge;
    }
    return result;
}

model_status on_cap_delete(struct model *m, struct ask *a)
{
    struct model_cell *c = m_cell_part(m, a->target);
    int *slot = a->x[0] < c->slot_count ? &c->slots[a->x[0]] : NULL;
    if (!slot || *slot == 0) {
        return BH_NO_CAP;
    }
    if (*slot == MODEL_TOMBSTONE) {
        *slot = 0;
        return BH_OK;
    }
    return m_cap_prune(m, *slot, true);
}

model_status on_cap_revoke(struct model *m, struct ask *a)
{
    return m_cap_prune(m, a->cap, false);
}

model_status on_cap_identify(struct model *m, struct ask *a)
{
    const struct model_cap *c = &m->caps[a->cap];
    bool own = m->objects[a->target].type == BH_ENDPOINT &&
               model_bound(m, a->target, ROLE_SERVER) == a->thread;
    a->x[0] = m->objects[a->target].type;
    a->x[1] = c->rights;
    a->x[2] = own ? c->badge : 0;
    return BH_OK;
}

model_status on_cap_restrict(struct model *m, struct ask *a)
{
    struct model_cap *c = &m->caps[a->cap];
    bool mapped = m->objects[c->object].type == BH_MEMORY && c->phase != PHASE_NONE;
    if (a->x[0] > BH_ALL) {
        return BH_BAD_ARG;
    }
    if (mapped && (c->access & ~a->x[0]) != 0) {
        return BH_BUSY;
    }
    c->rights &= (uint8_t)a->x[0];
    return BH_OK;
}

model_status on_object_destroy(struct model *m, struct ask *a)
{
    if (model_encloses(m, a->target, a->thread)) {
        return BH_BAD_ARG;
    }
    return m_object_destroy(m, a->target, a->cap);
}

/* ---- pools ---- */

/* A pool that goes takes along what is created in it or in a pool inside it: nothing new may
 * come. */
static bool pool_goes(const struct model *m, int pool)
{
    for (; pool; pool = m->objects[pool].pool) {
        if (m->objects[pool].dying) {
            return true;
        }
    }
    return false;
}

model_status on_pool_create(struct model *m, struct ask *a)
{
    uint32_t makeable = BIT(BH_POOL) | BIT(BH_CELL) | BIT(BH_MEMORY) | BIT(BH_THREAD) |
                        BIT(BH_VCPU) | BIT(BH_ENDPOINT) | BIT(BH_SIGNAL) | BIT(BH_LINE) |
                        BIT(BH_BUDGET) | BIT(BH_TRACE);
    int made = 0;
    if (a->x[0] > 31 || !(makeable & BIT(a->x[0]))) {
        return BH_BAD_ARG;
    }
    model_status result = m_object_settle(m, a->target);
    if (result == BH_OK && pool_goes(m, a->target)) {
        result = BH_STALE;
    }
    if (result == BH_OK && !m_slot_empty(m, a->cell, a->x[1])) {
        result = BH_NO_SLOT;
    }
    if (result == BH_OK) {
        result = m_object_create(m, a->target, (enum bh_type)a->x[0], a->x, &made);
    }
    if (result == BH_OK) {
        (void)m_cap_add(m, 0, made, a->cell, (int)a->x[1]);
    }
    return result;
}

model_status on_pool_info(struct model *m, struct ask *a)
{
    const struct model_pool *p = m_pool_part(m, a->target);
    model_status settled = m_object_settle(m, a->target);
    if (settled != BH_OK) {
        return settled;
    }
    a->x[0] = UINT64_C(1) << p->order;
    a->x[1] = p->bytes_free;
    a->x[2] = (uint64_t)model_pool_objects(m, a->target);
    a->x[3] = model_vmids_free(m);
    return BH_OK;
}

/* ---- memory ---- */

static int object_caps(const struct model *m, int object)
{
    int count = 0;
    for (int i = 1; i < MODEL_CAPS; i++) {
        count += m->caps[i].object == object;
    }
    return count;
}

model_status on_memory_split(struct model *m, struct ask *a)
{
    struct model_object *o = &m->objects[a->target];
    uint64_t at = a->x[2];
    int pool = 0;
    uint32_t offset;
    model_status result = m_object_arg(m, a, a->x[0], m_need(BH_POOL, BH_POOL_CREATE), &pool);
    if (result != BH_OK) {
        return result;
    }
    if (pool != o->pool) {
        return BH_BAD_ARG;
    }
    if (!m_slot_empty(m, a->cell, a->x[1])) {
        return BH_NO_SLOT;
    }
    result = m_object_settle(m, pool);
    if (result != BH_OK) {
        return result;
    }
    if (at % PAGE != 0 || at == 0 || at >= o->size || o->pooled) {
        return BH_BAD_ARG;
    }
    if (m_space_mappings(m, a->target) != 0 || object_caps(m, a->target) != 1) {
        return BH_BUSY;
    }
    if (!m_pool_take(m, pool, m->sizes.object[BH_MEMORY], &offset)) {
        return BH_NO_MEMORY;
    }
    int rest = m_object_add(m, BH_MEMORY, pool, offset);
    m->objects[rest].base = o->base + at;
    m->objects[rest].size = o->size - at;
    m->objects[rest].kind = o->kind;
    o->size = at;
    int cap = m_cap_add(m, 0, rest, a->cell, (int)a->x[1]);
    m->caps[cap].rights = m->caps[a->cap].rights;
    return BH_OK;
}

static model_status map_check(struct model *m, const struct ask *a, int cap)
{
    const struct model_object *o = &m->objects[m->caps[cap].object];
    uint64_t ipa = a->x[1], access = a->x[2];
    if (ipa % PAGE != 0 || ipa >= SPACE || o->size > SPACE - ipa) {
        return BH_BAD_ARG;
    }
    if (access > 7 || !(access & BH_MAP_READ)) {
        return BH_BAD_ARG;
    }
    if ((access & BH_MAP_EXEC) &&
        (o->kind == BH_DEVICE || ((access & BH_MAP_WRITE) && !m_cell_part(m, a->target)->vm))) {
        return BH_BAD_ARG;
    }
    return access & ~(uint64_t)m->caps[cap].rights ? BH_NO_RIGHT : BH_OK;
}

model_status on_memory_map(struct model *m, struct ask *a)
{
    int cap = 0;
    model_status result =
        m_cap_find(m, a->target, a->x[0], m_need(BH_MEMORY, BH_MEMORY_READ), &cap);
    if (result == BH_OK) {
        result = map_check(m, a, cap);
    }
    if (result == BH_OK) {
        result = m_object_settle(m, m->objects[a->target].pool);
    }
    return result == BH_OK ? m_space_map(m, cap, a->x[1], (uint8_t)a->x[2]) : result;
}

model_status on_memory_unmap(struct model *m, struct ask *a)
{
    int cap = 0;
    model_status result = m_cap_find(m, a->target, a->x[0], m_need(BH_MEMORY, 0), &cap);
    return result == BH_OK ? m_space_unmap(m, cap) : result;
}

model_status on_memory_seal(struct model *m, struct ask *a)
{
    int cap = 0;
    model_status result =
        m_cap_find(m, a->target, a->x[0], m_need(BH_MEMORY, BH_MEMORY_SEAL), &cap);
    if (result != BH_OK) {
        return result;
    }
    struct model_object *o = &m->objects[m->caps[cap].object];
    if (o->kind != BH_RAM || o->pooled || m_cell_part(m, a->target)->vm) {
        return BH_BAD_ARG;
    }
    if (m->caps[cap].phase != PHASE_DONE || m_space_mappings(m, m->caps[cap].object) != 1) {
        return BH_BUSY;
    }
    if (!o->sealed) {
        o->sealed = m_cell_part(m, a->target)->sealed = true;
        m_binding_end(m, a->target, ROLE_WATCH); /* no trace tells of it any more */
        m->epoch.closed = m_epoch_after(m);
    }
    return m_epoch_over(m, m->epoch.closed) ? BH_OK : MODEL_MOVE;
}

model_status on_memory_clean(struct model *m, struct ask *a)
{
    const struct model_object *o = &m->objects[a->target];
    if (a->x[0] > BH_ZERO || a->x[1] % PAGE != 0 || a->x[1] >= o->size || o->kind == BH_DEVICE) {
        return BH_BAD_ARG;
    }
    if (o->sealed) {
        return BH_BUSY;
    }
    while (a->x[1] < o->size) {
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        if (a->x[0] == BH_ZERO) {
            m_posted_zero(m, a->x[1] == 0 ? a->target : 0);
            m_contents_zero(m, o->base + a->x[1], PAGE);
        } else {
            m_contents_clean(m, o->base + a->x[1], PAGE);
        }
        a->x[1] += PAGE;
    }
    a->x[1] = 0;
    return BH_OK;
}

model_status on_memory_info(struct model *m, struct ask *a)
{
    const struct model_cap *c = &m->caps[a->cap];
    bool mapped = c->phase == PHASE_DONE;
    a->x[0] = m->objects[a->target].size;
    a->x[1] = m->objects[a->target].kind;
    a->x[2] = mapped ? c->ipa : 0;
    a->x[3] = mapped ? c->access : 0;
    return BH_OK;
}
