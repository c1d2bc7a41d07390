/* SPDX-License-Identifier: Apache-2.0 */
/* Objects: what they are made of, what they hold, and how they end. */
#include "proofs/model/parts.h"

#include <string.h>

#define PAGE_ORDER 12

struct model_cell *m_cell_part(struct model *m, int object)
{
    return &m->cells[m->objects[object].part];
}

struct model_thread *m_thread_part(struct model *m, int object)
{
    return &m->threads[m->objects[object].part];
}

struct model_pool *m_pool_part(struct model *m, int object)
{
    return &m->pools[m->objects[object].part];
}

int m_cell_used(const struct model_cell *c)
{
    int used = 0;
    for (uint32_t i = 0; i < c->slot_count; i++) {
        used += c->slots[i] != 0;
    }
    return used;
}

int m_cell_threads(const struct model *m, int cell)
{
    int count = 0;
    for (int i = 1; i < MODEL_THREADS; i++) {
        const struct model_thread *t = &m->threads[i];
        count += t->object && t->cell == cell && !m->objects[t->object].buried;
    }
    return count;
}

int model_pool_objects(const struct model *m, int pool)
{
    int count = 0;
    for (int i = 1; i < MODEL_OBJECTS; i++) {
        count += m->objects[i].type && m->objects[i].pool == pool;
    }
    return count;
}

uint32_t model_vmids_free(const struct model *m)
{
    uint32_t live = 0;
    for (int i = 1; i < MODEL_CELLS; i++) {
        live += m->cells[i].object != 0 && !m->objects[m->cells[i].object].buried;
    }
    return m->sizes.vmids - live;
}

#define COUNT_FREE(array, field)                                            \
    for (unsigned i = 1; i < sizeof(m->array) / sizeof(m->array[0]); i++) { \
        left += !m->array[i].field;                                         \
    }

bool model_room(const struct model *m)
{
    enum { ENOUGH = 3 };
    unsigned left = 0, least;
    COUNT_FREE(pools, object)
    least = left;
    left = 0;
    COUNT_FREE(cells, object)
    least = left < least ? left : least;
    left = 0;
    COUNT_FREE(threads, object)
    least = left < least ? left : least;
    left = 0;
    COUNT_FREE(objects, type)
    least = left < least ? left : least;
    left = 0;
    COUNT_FREE(caps, object)
    return least >= ENOUGH && left >= 8 * ENOUGH;
}

int m_object_add(struct model *m, enum bh_type type, int pool, uint32_t offset)
{
    int object = 1;
    while (m->objects[object].type) {
        object++;
    }
    m->objects[object] = (struct model_object){.type = (uint8_t)type,
                                               .order = m->sizes.object[type],
                                               .pool = pool,
                                               .offset = offset,
                                               .born = ++m->stamp};
    return object;
}

/* ---- making ---- */

static model_status make_sized(struct model *m, int pool, enum bh_type type, uint8_t order,
                               int *made)
{
    uint32_t offset;
    if (!m_pool_take(m, pool, order, &offset)) {
        return BH_NO_MEMORY;
    }
    *made = m_object_add(m, type, pool, offset);
    m->objects[*made].order = order;
    return BH_OK;
}

static model_status make_plain(struct model *m, int pool, enum bh_type type, int *made)
{
    return make_sized(m, pool, type, m->sizes.object[type], made);
}

/* Take up to three blocks, all or none. */
static bool take_blocks(struct model *m, int pool, const uint8_t orders[3], uint32_t offsets[3])
{
    for (int i = 0; i < 3; i++) {
        if (orders[i] != 0 && !m_pool_take(m, pool, orders[i], &offsets[i])) {
            for (int back = 0; back < i; back++) {
                if (orders[back] != 0) {
                    m_pool_give(m, pool, orders[back], offsets[back]);
                }
            }
            return false;
        }
    }
    return true;
}

static model_status make_pool(struct model *m, int parent, uint64_t bytes, int *made)
{
    uint8_t order = order_of(bytes);
    uint32_t offset;
    if (bytes < 4096 || bytes > UINT64_C(1) << 22 || bytes != UINT64_C(1) << order ||
        m_pool_part(m, parent)->nesting == 7) {
        return BH_BAD_ARG;
    }
    if (!m_pool_take(m, parent, order, &offset)) {
        return BH_NO_MEMORY;
    }
    int part = 1;
    while (m->pools[part].object) {
        part++;
    }
    *made = m_object_add(m, BH_POOL, parent, offset);
    m->objects[*made].order = order;
    m->objects[*made].part = part;
    m->pools[part].object = *made;
    m->pools[part].nesting = m_pool_part(m, parent)->nesting + 1;
    m_pool_begin(&m->pools[part], order, m->sizes.pool_header);
    return BH_OK;
}

/* Pool memory: first the object, then its bytes. */
static model_status make_memory(struct model *m, int pool, uint64_t bytes, int *made)
{
    uint8_t orders[3] = {m->sizes.object[BH_MEMORY], order_of(bytes)};
    uint32_t offsets[3];
    if (bytes < 4096 || bytes > 32768 || bytes != UINT64_C(1) << orders[1]) {
        return BH_BAD_ARG;
    }
    if (!take_blocks(m, pool, orders, offsets)) {
        return BH_NO_MEMORY;
    }
    *made = m_object_add(m, BH_MEMORY, pool, offsets[0]);
    struct model_object *o = &m->objects[*made];
    o->pooled = true;
    o->size = bytes;
    o->base = m->sizes.pool_base + offsets[1];
    for (; pool; pool = m->objects[pool].pool) {
        o->base += m->objects[pool].offset;
    }
    return BH_OK;
}

static model_status make_cell(struct model *m, int pool, uint64_t slots, bool vm, int *made)
{
    uint8_t table = order_of(slots << m->sizes.slot_order);
    uint8_t orders[3] = {m->sizes.object[BH_CELL], PAGE_ORDER, table};
    uint32_t offsets[3];
    if (model_vmids_free(m) == 0) {
        return BH_NO_VMID;
    }
    if (!take_blocks(m, pool, orders, offsets)) {
        return BH_NO_MEMORY;
    }
    int part = 1;
    while (m->cells[part].object) {
        part++;
    }
    *made = m_object_add(m, BH_CELL, pool, offsets[0]);
    m->objects[*made].part = part;
    memset(&m->cells[part], 0, sizeof m->cells[part]);
    m->cells[part].object = *made;
    m->cells[part].slot_count = (uint32_t)slots;
    m->cells[part].vm = vm;
    m->cells[part].root_offset = offsets[1];
    m->cells[part].table_offset = offsets[2];
    m->cells[part].table_bytes = UINT32_C(1) << table;
    return BH_OK;
}

static model_status make_thread(struct model *m, int pool, struct model_thread spec, int *made)
{
    enum bh_type type = spec.vcpu ? BH_VCPU : BH_THREAD;
    uint32_t offsets[3] = {0};
    bool fp = spec.fp && !spec.vcpu;
    spec.virqs_order = spec.vcpu ? order_of((uint64_t)spec.virq_count << m->sizes.virq_order) : 0;
    uint8_t orders[3] = {fp ? m->sizes.fp_order : m->sizes.object[type], spec.virqs_order, 0};
    if (!take_blocks(m, pool, orders, offsets)) {
        return BH_NO_MEMORY;
    }
    int part = 1;
    while (m->threads[part].object) {
        part++;
    }
    *made = m_object_add(m, type, pool, offsets[0]);
    m->objects[*made].part = part;
    m->objects[*made].order = orders[0];
    spec.object = *made;
    spec.virqs_offset = offsets[1];
    m->threads[part] = spec;
    m_thread_fresh(&m->threads[part], 0, 0, 0);
    return BH_OK;
}

static int vcpus_of(const struct model *m, int cell)
{
    int count = 0;
    for (int i = 1; i < MODEL_THREADS; i++) {
        const struct model_thread *t = &m->threads[i];
        count += t->object && t->vcpu && t->cell == cell && !m->objects[t->object].buried;
    }
    return count;
}

/* ---- pool_create, by type: type, slot, a, b, c in x[0..4] ---- */

static model_status create_thread(struct model *m, int pool, bool vcpu, const uint64_t *x,
                                  int *made)
{
    int cell = 0;
    struct ask self = {.cell = m_thread_part(m, m->asks)->cell};
    model_status result = m_object_arg(m, &self, x[2], m_need(BH_CELL, BH_CELL_THREAD), &cell);
    if (result != BH_OK) {
        return result;
    }
    bool number_fits = vcpu ? x[3] >= 32 && x[3] <= 1020 : x[3] <= BH_THREAD_FP;
    if (m_cell_part(m, cell)->vm != vcpu || x[4] >= m->sizes.cores || !number_fits) {
        return BH_BAD_ARG;
    }
    if (!m_core_online(m, (uint32_t)x[4])) {
        return BH_DOWN;
    }
    if (vcpu && vcpus_of(m, cell) == 8) {
        return BH_BUSY;
    }
    struct model_thread spec = {.cell = cell,
                                .core = (uint32_t)x[4],
                                .at = (uint32_t)x[4],
                                .vcpu = vcpu,
                                .fp = vcpu || x[3] == BH_THREAD_FP};
    spec.virq_count = vcpu ? (uint32_t)x[3] : 0;
    return make_thread(m, pool, spec, made);
}

static model_status create_line(struct model *m, int pool, const uint64_t *x, int *made)
{
    int cap = 0;
    struct model_thread *self = m_thread_part(m, m->asks);
    model_status result =
        m_cap_find(m, self->cell, x[2], (struct need){BIT(BH_VCPU), BH_VCPU_CONTROL}, &cap);
    if (result != BH_OK) {
        return result;
    }
    if (x[4] != 0 || x[3] >= m_thread_part(m, m->caps[cap].object)->virq_count) {
        return BH_BAD_ARG;
    }
    if (!m_cap_may_derive(m, cap)) {
        return BH_BUSY;
    }
    result = make_plain(m, pool, BH_LINE, made);
    if (result == BH_OK) {
        m->objects[*made].number = (uint32_t)x[3];
        result = m_binding_make(m, *made, ROLE_LINE, cap);
    }
    return result;
}

static model_status make_budget(struct model *m, int pool, uint8_t order, const uint64_t *x,
                                int *made)
{
    model_status result = make_sized(m, pool, BH_BUDGET, order, made);
    if (result == BH_OK) {
        struct model_object *budget = &m->objects[*made];
        budget->priority = budget->ceiling = (uint32_t)x[3];
        budget->slice = x[3] >> 32;
        budget->amount = x[4] % (UINT64_C(1) << 32);
        budget->period = x[4] >> 32;
    }
    return result;
}

/* A part of another budget: it costs that one what it needs in one of that one's periods. */
static model_status derive_budget(struct model *m, int pool, int cap, const uint64_t *x, int *made)
{
    enum { NESTING = 8 };
    int parent = m->caps[cap].object;
    const struct model_object *p = &m->objects[parent];
    uint64_t amount = x[4] % (UINT64_C(1) << 32), period = x[4] >> 32;
    if (!m_core_online(m, p->core)) {
        return BH_DOWN;
    }
    if (p->core != m->core) {
        return m_move(m, p->core);
    }
    if (amount == 0 || x[3] % 256 > p->ceiling || p->nesting == NESTING) {
        return BH_BAD_ARG;
    }
    uint64_t share = amount * p->period / period + (amount * p->period % period != 0);
    if ((p->period && share > p->amount) || !m_cap_may_derive(m, cap)) {
        return BH_BUSY;
    }
    model_status result = make_budget(m, pool, m->sizes.derived_order, x, made);
    if (result == BH_OK) {
        m->objects[*made].core = p->core;
        m->objects[*made].nesting = p->nesting + 1;
        result = m_binding_make(m, *made, ROLE_PARENT, cap);
        m_budget_give(m, parent, *made, share);
    }
    return result;
}

static model_status create_budget(struct model *m, int pool, const uint64_t *x, int *made)
{
    int cap = 0;
    struct model_thread *self = m_thread_part(m, m->asks);
    struct need need = {BIT(BH_CORE) | BIT(BH_BUDGET), 0};
    model_status result = m_cap_find(m, self->cell, x[2], need, &cap);
    if (result != BH_OK) {
        return result;
    }
    bool whole = m->objects[m->caps[cap].object].type == BH_CORE;
    if (!(m->caps[cap].rights & (whole ? BH_CORE_SCHED : BH_BUDGET_DERIVE))) {
        return BH_NO_RIGHT;
    }
    uint64_t priority = x[3] % (UINT64_C(1) << 32), amount = x[4] % (UINT64_C(1) << 32);
    uint64_t period = x[4] >> 32;
    if (priority > 255 || amount > period || period > INT32_MAX ||
        (amount < MODEL_LEAST && x[4] != 0)) {
        return BH_BAD_ARG;
    }
    if (!whole) {
        return derive_budget(m, pool, cap, x, made);
    }
    uint32_t core = m->objects[m->caps[cap].object].core;
    result =
        make_budget(m, pool, amount ? m->sizes.limited_order : m->sizes.object[BH_BUDGET], x, made);
    m->objects[*made].core = result == BH_OK ? core : m->objects[*made].core;
    return result;
}

model_status m_object_create(struct model *m, int pool, enum bh_type type, const uint64_t *x,
                             int *made)
{
    switch ((unsigned)type) {
    case BH_POOL:
        return (x[3] | x[4]) != 0 ? BH_BAD_ARG : make_pool(m, pool, x[2], made);
    case BH_MEMORY:
        return (x[3] | x[4]) != 0 ? BH_BAD_ARG : make_memory(m, pool, x[2], made);
    case BH_CELL:
        if (x[2] < 2 || x[2] > 1024 || x[3] > 1 || x[4] != 0) {
            return BH_BAD_ARG;
        }
        return make_cell(m, pool, x[2], x[3] == 1, made);
    case BH_THREAD:
    case BH_VCPU:
        return create_thread(m, pool, type == BH_VCPU, x, made);
    case BH_LINE:
        return create_line(m, pool, x, made);
    case BH_BUDGET:
        return create_budget(m, pool, x, made);
    case BH_ENDPOINT:
    case BH_SIGNAL:
    case BH_TRACE:
        return (x[2] | x[3] | x[4]) != 0 ? BH_BAD_ARG : make_plain(m, pool, type, made);
    default:
        return BH_BAD_ARG;
    }
}
