/* SPDX-License-Identifier: Apache-2.0 */
/* Knows where in the model's state something of a kind can be found. */
#include "proofs/model/diff/pick.h"

uint64_t diff_random(struct diff *d, uint64_t limit)
{
    return host_random(&d->random) % limit;
}

bool pick_chance(const struct chooser *w, unsigned percent)
{
    return diff_random(w->d, 100) < percent;
}

uint64_t pick_slot(const struct chooser *w)
{
    return pick_chance(w, 90) ? diff_random(w->d, w->c->slot_count)
                              : w->c->slot_count + diff_random(w->d, 3);
}

uint64_t pick_core(const struct chooser *w)
{
    return w->m->sizes.cores == 1 ? pick_chance(w, 8)
                                  : diff_random(w->d, w->m->sizes.cores + pick_chance(w, 8));
}

uint64_t pick_free(const struct chooser *w, const struct model_cell *c)
{
    uint64_t start = diff_random(w->d, c->slot_count);
    for (uint32_t i = 0; i < c->slot_count; i++) {
        uint64_t slot = (start + i) % c->slot_count;
        if (slot != 0 && c->slots[slot] == 0) {
            return slot;
        }
    }
    return 0;
}

uint64_t pick_empty(const struct chooser *w)
{
    return pick_chance(w, 96) ? pick_free(w, w->c) : pick_slot(w);
}

/* A slot of a table with a capability to one of these types and these rights; 0 if there is
 * none. */
uint64_t pick_in(const struct chooser *w, const struct model_cell *c, uint32_t types,
                 uint32_t rights)
{
    uint64_t start = diff_random(w->d, c->slot_count);
    for (uint32_t i = 0; i < c->slot_count; i++) {
        uint64_t slot = (start + i) % c->slot_count;
        int cap = c->slots[slot];
        if (cap > 0 && (types & BIT(w->m->objects[w->m->caps[cap].object].type)) &&
            !(rights & ~(uint32_t)w->m->caps[cap].rights)) {
            return slot;
        }
    }
    return 0;
}

uint64_t pick_cap(const struct chooser *w, uint32_t types, uint32_t rights)
{
    unsigned luck = (unsigned)diff_random(w->d, 100);
    if (luck < 3) {
        return pick_slot(w);
    }
    if (luck < 5) {
        return pick_in(w, w->c, ANY_TYPE, 0);
    }
    return pick_in(w, w->c, types, luck < 8 ? 0 : rights);
}

/* A slot whose object is in the best state for what is meant: asked a few times, the last answer
 * counts. */
uint64_t pick_where(const struct chooser *w, uint32_t types, uint32_t rights,
                    bool (*fits)(const struct chooser *w, int object))
{
    uint64_t slot = 0;
    for (unsigned tries = 0; tries < 16; tries++) {
        slot = pick_cap(w, types, rights);
        int cap = slot < w->c->slot_count ? w->c->slots[slot] : 0;
        if (cap > 0 && fits(w, w->m->caps[cap].object)) {
            break;
        }
    }
    return slot;
}

static const struct model_thread *thread_at(const struct chooser *w, int object)
{
    bool runs = w->m->objects[object].type == BH_THREAD || w->m->objects[object].type == BH_VCPU;
    return runs ? &w->m->threads[w->m->objects[object].part] : NULL;
}

bool pick_is_free(const struct chooser *w, int object)
{
    int server = model_bound(w->m, object, ROLE_SERVER);
    return server && thread_at(w, server)->state == M_WAITING;
}

bool pick_is_served(const struct chooser *w, int object)
{
    int server = model_bound(w->m, object, ROLE_SERVER);
    const struct model_thread *t = server ? thread_at(w, server) : NULL;
    return t && t != w->t && t->state != M_SUSPENDED;
}

bool pick_is_unserved(const struct chooser *w, int object)
{
    return model_bound(w->m, object, ROLE_SERVER) == 0 &&
           model_bound(w->m, object, ROLE_TARGET) == 0;
}

bool pick_is_suspended(const struct chooser *w, int object)
{
    const struct model_thread *t = thread_at(w, object);
    return t && t->state == M_SUSPENDED;
}

bool pick_is_without_budget(const struct chooser *w, int object)
{
    return thread_at(w, object) && model_bound(w->m, object, ROLE_BUDGET) == 0;
}

bool pick_is_without_handler(const struct chooser *w, int object)
{
    return thread_at(w, object) && model_bound(w->m, object, ROLE_HANDLER) == 0;
}

bool pick_is_calling(const struct chooser *w, int object)
{
    const struct model_thread *t = thread_at(w, object);
    return t && (t->state == M_CALLING || t->state == M_RETRY);
}

bool pick_is_vm(const struct chooser *w, int object)
{
    return w->m->objects[object].type == BH_CELL && w->m->cells[w->m->objects[object].part].vm;
}

bool pick_is_bindable(const struct chooser *w, int object)
{
    return w->m->objects[object].type != BH_MEMORY || w->m->objects[object].pooled;
}

bool pick_is_pooled(const struct chooser *w, int object)
{
    return w->m->objects[object].pooled;
}

bool pick_is_foreign(const struct chooser *w, int object)
{
    return object != w->t->cell;
}

uint64_t pick_or_zero(const struct chooser *w, unsigned percent, uint64_t value)
{
    return pick_chance(w, percent) ? 0 : value;
}

const struct model_cell *pick_cell(const struct chooser *w, uint64_t slot)
{
    int cap = slot < w->c->slot_count ? w->c->slots[slot] : 0;
    bool names = cap > 0 && w->m->objects[w->m->caps[cap].object].type == BH_CELL;
    return names ? &w->m->cells[w->m->objects[w->m->caps[cap].object].part] : w->c;
}

uint32_t pick_plain_types(uint64_t number)
{
    switch (number) {
    case CALL_signal_send:
        return BIT(BH_SIGNAL);
    case CALL_cap_revoke:
    case CALL_cap_identify:
        return ANY_TYPE;
    case CALL_pool_info:
        return BIT(BH_POOL);
    case CALL_irq_ack:
        return BIT(BH_IRQ);
    case CALL_line_set:
        return BIT(BH_LINE);
    case CALL_cell_info:
        return BIT(BH_CELL);
    default:
        return 0;
    }
}
