/* SPDX-License-Identifier: Apache-2.0 */
/* What cells read: what was written last, whoever owned the memory then; but while a cell mixes
 * accesses through the cache and past it, that is its own affair. */
#include <stddef.h>

#include "proofs/model/parts.h"

#define LINE UINT64_C(512)

static struct model_line *place(struct model *m, uint64_t address)
{
    uint64_t number = address / LINE;
    return &m->lines[(number ^ number >> 9) % MODEL_LINES];
}

/* The line of an address. At first, all of memory is 0; a line that had to give its place to
 * another may have anything. */
static struct model_line *line_at(struct model *m, uint64_t address)
{
    struct model_line *l = place(m, address);
    address = address / LINE * LINE;
    if (l->address != address) {
        m->lines_lost = m->lines_lost || l->address != 0;
        bool lost = m->lines_lost;
        *l = (struct model_line){
            .address = address, .views = lost ? VIEWS_MIXED : VIEWS_AGREE, .known = !lost};
    }
    return l;
}

const struct model_leaf *model_translate(const struct model *m, uint64_t ipa, uint64_t access)
{
    int cell = m->threads[m->objects[m->current].part].cell;
    for (int i = 0; i < MODEL_LEAVES; i++) {
        const struct model_leaf *l = &m->leaves[i];
        if (l->cell == cell && ipa - l->ipa < l->size) {
            return access & ~(uint64_t)l->access ? NULL : l;
        }
    }
    return NULL;
}

void model_wrote(struct model *m, uint64_t address, bool cached, uint64_t value)
{
    struct model_line *l = line_at(m, address);
    uint8_t views = cached ? VIEWS_CACHED : VIEWS_PAST;
    l->old_known = l->views == VIEWS_AGREE && l->known;
    l->views = l->views == VIEWS_AGREE || l->views == views ? views : VIEWS_MIXED;
    l->old = l->now;
    l->now = value;
    l->known = true;
    l->fetched = false;
}

bool model_may_read(struct model *m, uint64_t address, bool cached, uint64_t value)
{
    struct model_line *l = line_at(m, address);
    if (l->views == VIEWS_MIXED) {
        return true;
    }
    if (!l->known) {
        l->known = true;
        l->now = value;
        return true;
    }
    bool newest = l->views == VIEWS_AGREE || (l->views == VIEWS_CACHED) == cached;
    return value == l->now || (!newest && (!l->old_known || value == l->old));
}

bool model_may_fetch(struct model *m, uint64_t address, uint64_t value)
{
    const struct model_line *l = line_at(m, address);
    return !l->fetched || value == l->now;
}

/* The two views become one; if they were mixed, nobody knows which. */
static void agree(struct model_line *l)
{
    l->known = l->known && l->views != VIEWS_MIXED;
    l->views = VIEWS_AGREE;
}

void m_contents_clean(struct model *m, uint64_t base, uint64_t size)
{
    for (int i = 0; i < MODEL_LINES; i++) {
        if (m->lines[i].address && m->lines[i].address - base < size) {
            agree(&m->lines[i]);
        }
    }
}

void m_contents_zero(struct model *m, uint64_t base, uint64_t size)
{
    m_contents_clean(m, base, size);
    for (int i = 0; i < MODEL_LINES; i++) {
        struct model_line *l = &m->lines[i];
        if (l->address && l->address - base < size) {
            l->now = 0;
            l->known = true;
            l->fetched = false;
        }
    }
}

void m_contents_executable(struct model *m)
{
    for (int i = 0; i < MODEL_LINES; i++) {
        struct model_line *l = &m->lines[i];
        l->fetched = l->address && l->views == VIEWS_AGREE && l->known;
    }
}
