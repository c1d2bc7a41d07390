/* SPDX-License-Identifier: Apache-2.0 */
/* Address spaces: leaves of three sizes, and the page tables that they need. Tables stay until the
 * cell goes; a mapping is made from its start and taken away from its end. */
#include <stddef.h>

#include "proofs/model/parts.h"

#define PAGE  UINT64_C(4096)
#define FIRST 1u
#define LAST  3u

static uint64_t level_size(unsigned level)
{
    return PAGE << 9 * (LAST - level);
}

static const struct model_leaf *leaf_at(const struct model *m, int cell, uint64_t ipa)
{
    for (int i = 0; i < MODEL_LEAVES; i++) {
        const struct model_leaf *l = &m->leaves[i];
        if (l->cell == cell && ipa - l->ipa < l->size) {
            return l;
        }
    }
    return NULL;
}

static bool has_table(const struct model_cell *c, uint64_t ipa, unsigned level)
{
    uint64_t size =
        level_size(level - 1); /* a table of level n stands for an entry of level n - 1 */
    for (int i = 0; i < c->page_count; i++) {
        if (c->pages[i].level == level && c->pages[i].address == ipa / size * size) {
            return true;
        }
    }
    return false;
}

static bool table_add(struct model *m, int cell, uint64_t ipa, unsigned level)
{
    struct model_cell *c = m_cell_part(m, cell);
    uint64_t size = level_size(level - 1);
    struct model_page page = {.address = ipa / size * size, .level = (uint8_t)level};
    if (!m_pool_take(m, m->objects[cell].pool, 12, &page.offset)) {
        return false;
    }
    c->pages[c->page_count++] = page;
    return true;
}

static void leaf_add(struct model *m, struct model_leaf leaf)
{
    int i = 0;
    while (i + 1 < MODEL_LEAVES && m->leaves[i].cell) {
        i++;
    }
    m->full |= m->leaves[i].cell != 0;
    m->leaves[i] = leaf;
}

/* The largest leaf that fits at the start of what is left. */
static model_status leaf_make(struct model *m, int cell, struct model_leaf want)
{
    for (unsigned level = FIRST; level <= LAST; level++) {
        uint64_t size = level_size(level);
        if (level < LAST && has_table(m_cell_part(m, cell), want.ipa, level + 1)) {
            continue;
        }
        if (leaf_at(m, cell, want.ipa)) {
            return BH_BUSY;
        }
        if ((want.ipa | want.target) % size == 0 && want.size >= size) {
            want.size = size;
            leaf_add(m, want);
            return BH_OK;
        }
        if (!table_add(m, cell, want.ipa, level + 1)) {
            return BH_NO_MEMORY;
        }
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
    }
    return BH_BUSY;
}

int m_space_mappings(const struct model *m, int memory)
{
    int count = 0;
    for (int i = 1; i < MODEL_CAPS; i++) {
        count += m->caps[i].object == memory && m->caps[i].phase != PHASE_NONE;
    }
    return count;
}

static model_status grow(struct model *m, struct model_cap *c)
{
    const struct model_object *o = &m->objects[c->object];
    while (c->progress < o->size) {
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        struct model_leaf want = {c->holder,
                                  c->ipa + c->progress,
                                  o->size - c->progress,
                                  o->base + c->progress,
                                  c->access,
                                  o->kind};
        model_status result = leaf_make(m, c->holder, want);
        if (result != BH_OK) {
            return result;
        }
        c->progress += leaf_at(m, c->holder, want.ipa)->size;
    }
    return BH_OK;
}

static void mapped(struct model *m, struct model_cap *c)
{
    c->phase = PHASE_DONE;
    if (c->access & BH_MAP_EXEC) {
        m_contents_executable(m);
    }
}

/* Begin or go on. Whatever keeps a mapping from being completed undoes what there is of it. */
model_status m_space_map(struct model *m, int cap, uint64_t ipa, uint8_t access)
{
    struct model_cap *c = &m->caps[cap];
    if (c->phase == PHASE_NONE) {
        if (m->objects[c->object].cleaning | m->objects[c->object].sealed) {
            return BH_BUSY;
        }
        c->phase = PHASE_GROWING;
        c->ipa = ipa;
        c->access = access;
        c->progress = 0;
        c->failure = 0;
    } else if (c->ipa != ipa || c->access != access ||
               (c->phase != PHASE_GROWING && c->failure == 0)) {
        return BH_BUSY;
    }
    if (c->phase == PHASE_GROWING) {
        model_status result = grow(m, c);
        if (result == BH_OK) {
            mapped(m, c);
        }
        if (result == BH_OK || result == MODEL_AGAIN) {
            return result;
        }
        c->failure = (uint8_t)result;
    }
    model_status failure = c->failure, undone = m_space_unmap(m, cap);
    return undone == BH_OK ? failure : undone;
}

static model_status shrink(struct model *m, struct model_cap *c)
{
    while (c->progress > 0) {
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        for (int i = 0; i < MODEL_LEAVES; i++) {
            struct model_leaf *l = &m->leaves[i];
            if (l->cell == c->holder && l->ipa + l->size == c->ipa + c->progress) {
                c->progress -= l->size;
                l->cell = 0;
                break;
            }
        }
    }
    return BH_OK;
}

model_status m_space_unmap(struct model *m, int cap)
{
    struct model_cap *c = &m->caps[cap];
    struct model_object *o = &m->objects[c->object];
    if (c->phase == PHASE_NONE) {
        return BH_OK;
    }
    if (c->phase != PHASE_CLEANING) {
        if (c->phase != PHASE_SHRINKING && !m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        c->phase = PHASE_SHRINKING;
        if (shrink(m, c) != BH_OK) {
            return MODEL_AGAIN;
        }
    }
    if (c->phase == PHASE_CLEANING || (o->kind == BH_RAM && m_space_mappings(m, c->object) == 1)) {
        c->phase = PHASE_CLEANING;
        o->cleaning = true;
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        o->cleaning = false;
        if (o->sealed) {
            m_contents_zero(m, o->base, o->size);
        } else {
            m_contents_clean(m, o->base, o->size);
        }
        o->sealed = false;
    }
    c->phase = PHASE_NONE;
    c->failure = 0;
    return BH_OK;
}

/* Page tables go back in order of address, small before the one that lists them. */
static int table_first(const struct model_cell *c)
{
    int best = 0;
    for (int i = 1; i < c->page_count; i++) {
        const struct model_page *p = &c->pages[i], *b = &c->pages[best];
        uint64_t pg = p->address / level_size(FIRST), bg = b->address / level_size(FIRST);
        if (pg < bg || (pg == bg && (p->level > b->level ||
                                     (p->level == b->level && p->address < b->address)))) {
            best = i;
        }
    }
    return best;
}

model_status m_space_give_tables(struct model *m, int cell)
{
    struct model_cell *c = m_cell_part(m, cell);
    while (c->page_count > 0) {
        if (!m_unit_spend(m)) {
            return MODEL_AGAIN;
        }
        int first = table_first(c);
        m_pool_give(m, m->objects[cell].pool, 12, c->pages[first].offset);
        c->pages[first] = c->pages[--c->page_count];
    }
    return BH_OK;
}
