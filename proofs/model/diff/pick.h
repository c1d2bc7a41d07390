/* SPDX-License-Identifier: Apache-2.0 */
/* Picks numbers, slots and capabilities for the next event. */
#pragma once

#include "proofs/model/diff/diff.h"

#define BIT(type) (1u << (type))
#define ANY_TYPE  0x7ffeu
#define RUNS      (BIT(BH_THREAD) | BIT(BH_VCPU))

/* Who chooses, and the registers that are being filled. */
struct chooser {
    struct diff *d;
    const struct model *m;
    const struct model_thread *t;
    const struct model_cell *c; /* its table */
    uint64_t *x;
};

/* True so many times in a hundred; value or, so many times, 0. */
bool pick_chance(const struct chooser *w, unsigned percent);
uint64_t pick_or_zero(const struct chooser *w, unsigned percent, uint64_t value);

/* Any slot of the chooser's table; an empty one of it, or of another; one with a capability to such
 * types with these rights, in any table; the same in his, if it also is something. 0: none. */
uint64_t pick_slot(const struct chooser *w);
uint64_t pick_core(const struct chooser *w);
uint64_t pick_free(const struct chooser *w, const struct model_cell *c);
uint64_t pick_empty(const struct chooser *w);
uint64_t pick_in(const struct chooser *w, const struct model_cell *c, uint32_t types,
                 uint32_t rights);
uint64_t pick_cap(const struct chooser *w, uint32_t types, uint32_t rights);
uint64_t pick_where(const struct chooser *w, uint32_t types, uint32_t rights,
                    bool (*fits)(const struct chooser *w, int object));

/* The cell that x9 means. */
const struct model_cell *pick_cell(const struct chooser *w, uint64_t slot);

/* What a capability's object is. */
bool pick_is_free(const struct chooser *w, int object);
bool pick_is_served(const struct chooser *w, int object);
bool pick_is_unserved(const struct chooser *w, int object);
bool pick_is_suspended(const struct chooser *w, int object);
bool pick_is_without_budget(const struct chooser *w, int object);
bool pick_is_without_handler(const struct chooser *w, int object);
bool pick_is_calling(const struct chooser *w, int object);
bool pick_is_vm(const struct chooser *w, int object);
bool pick_is_bindable(const struct chooser *w, int object); /* memory: pool memory */
bool pick_is_pooled(const struct chooser *w, int object);
bool pick_is_foreign(const struct chooser *w, int object);

/* Types for calls whose only argument worth choosing is the capability; 0: it is another call. */
uint32_t pick_plain_types(uint64_t number);

/* Arguments of the calls on memory: map and unmap, seal, the rest. */
void choose_map(const struct chooser *w);
void choose_seal(const struct chooser *w);
void choose_memory(const struct chooser *w, uint64_t number);
