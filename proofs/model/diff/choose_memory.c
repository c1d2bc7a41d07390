/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the arguments of the calls on memory and mappings. */
#include "proofs/model/diff/pick.h"

/* Gigabytes in pages or blocks of 2 MiB would be more than the model has room for. */
static void map_within_model(const struct chooser *w, int cap)
{
    uint64_t size = cap > 0 ? w->m->objects[w->m->caps[cap].object].size : 0;
    uint64_t base = cap > 0 ? w->m->objects[w->m->caps[cap].object].base : 0;
    uint64_t whole = UINT64_C(1) << 30;
    if (size >= whole / 4 && ((base | w->x[1] | size) & (whole - 1)) != 0) {
        w->x[1] |= 4;
    }
}

/* Large extents mostly at addresses where blocks fit. */
static uint64_t map_grain(const struct chooser *w, uint64_t size)
{
    if (size >= UINT64_C(1) << 30 && pick_chance(w, 97)) {
        return UINT64_C(1) << 30;
    }
    return size >= UINT64_C(1) << 21 && pick_chance(w, 80) ? UINT64_C(1) << 21 : 4096;
}

void choose_map(const struct chooser *w)
{
    static const uint8_t accesses[] = {BH_MAP_READ,
                                       BH_MAP_READ | BH_MAP_WRITE,
                                       BH_MAP_READ | BH_MAP_WRITE,
                                       BH_MAP_READ | BH_MAP_EXEC,
                                       BH_MAP_READ | BH_MAP_EXEC,
                                       BH_MAP_READ | BH_MAP_WRITE | BH_MAP_EXEC};
    w->x[9] = pick_or_zero(w, 50, pick_cap(w, BIT(BH_CELL), BH_CELL_GRANT));
    const struct model_cell *target = pick_cell(w, w->x[9]);
    w->x[0] = pick_chance(w, 95) ? pick_in(w, target, BIT(BH_MEMORY), 0) : pick_slot(w);
    int cap = w->x[0] < target->slot_count ? target->slots[w->x[0]] : 0;
    uint64_t size = cap > 0 ? w->m->objects[w->m->caps[cap].object].size : 0;
    uint64_t grain = map_grain(w, size);
    w->x[1] =
        diff_random(w->d, grain == 4096 ? 40 : 4) * grain +
        (grain == 4096 && pick_chance(w, 20) ? UINT64_C(1) << (30 + diff_random(w->d, 9)) : 0);
    w->x[2] =
        pick_chance(w, 90) ? accesses[diff_random(w->d, sizeof accesses)] : diff_random(w->d, 10);
    if (pick_chance(w, 2)) {
        w->x[1] += pick_chance(w, 50) ? 8 : UINT64_C(1) << 39;
    }
    map_within_model(w, cap);
}

/* Mostly a mapped memory of a native cell that is not the warden's. */
void choose_seal(const struct chooser *w)
{
    w->x[9] = pick_or_zero(w, 20, pick_where(w, BIT(BH_CELL), BH_CELL_GRANT, pick_is_foreign));
    const struct model_cell *target = pick_cell(w, w->x[9]);
    for (unsigned tries = 0; tries < 8; tries++) {
        w->x[0] =
            pick_chance(w, 95) ? pick_in(w, target, BIT(BH_MEMORY), BH_MEMORY_SEAL) : pick_slot(w);
        int cap = w->x[0] < target->slot_count ? target->slots[w->x[0]] : 0;
        if (cap > 0 && w->m->caps[cap].phase == PHASE_DONE) {
            break;
        }
    }
}

void choose_memory(const struct chooser *w, uint64_t number)
{
    w->x[9] = pick_cap(w, BIT(BH_MEMORY), 0);
    int cap = w->x[9] < w->c->slot_count ? w->c->slots[w->x[9]] : 0;
    uint64_t pages = cap > 0 ? w->m->objects[w->m->caps[cap].object].size / 4096 : 1;
    if (number == CALL_memory_split) {
        w->x[0] = pick_or_zero(w, 60, WARDEN_POOL); /* the pool of what exists from boot */
        w->x[0] = w->x[0] ? w->x[0] : pick_cap(w, BIT(BH_POOL), BH_POOL_CREATE);
        w->x[1] = pick_empty(w);
        uint64_t grain = pages >= 1 << 18 ? 1 << 18 : 1;
        w->x[2] = diff_random(w->d, pages / grain + 1) * grain * 4096 + (pick_chance(w, 3) ? 1 : 0);
    } else {
        w->x[0] = diff_random(w->d, 2) + (pick_chance(w, 3) ? 1 : 0);
        w->x[1] =
            pick_or_zero(w, 60, diff_random(w->d, pages + 1) * 4096 + (pick_chance(w, 3) ? 1 : 0));
    }
}
