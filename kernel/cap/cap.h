/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: look-up, and the derivation list of each object. */
#pragma once

#include "arch_fast.h"
#include "kernel/cap/link.h"
#include "kernel/lib/status.h"
#include "kernel/obj/object.h"
#include "kernel/obj/thread.h"

/* A set of object types, as in abi/calls.def. */
#define TYPE_BIT(type) (1u << (type))
#define TYPE_ANY       0x7ffeu
#define TYPE_DYING     TYPE_BIT(BH_TOMBSTONE) /* one that is dying will do: with some right */

/* A capability that was looked for: its slot, and that one's word that was checked. Without the
 * lock the slot may have another any time, so whoever has none looks at no other. Slot NULL: there
 * is none, and the word is a status, why. */
struct PAIR cap_found {
    struct slot *slot;
    uint64_t word;
};

static inline status cap_status(struct cap_found found)
{
    return found.slot ? BH_OK : (status)found.word;
}

/* The slot of an index, the first one, which is always empty, outside of the table; safe against
 * speculation past the bound. */
static ALWAYS_INLINE struct slot *cap_slot(const struct cell *cell, uint64_t index)
{
    return &cell->table[arch_nospec(index, cell->slot_count)];
}

/* The live capability at index, of one of these types and with these rights: NO_CAP, STALE,
 * BAD_TYPE, NO_RIGHT in this order. */
MUST_CHECK struct cap_found cap_find(const struct cell *cell, uint64_t index, uint32_t types,
                                     uint32_t rights);

/* An empty slot at index, index 0 excluded; NULL: NO_SLOT. */
MUST_CHECK struct slot *cap_find_empty(const struct cell *cell, uint64_t index);

/* What a child gets; the badge is in place before the slot can be used. */
struct cap_terms {
    uint64_t rights;
    uint64_t badge;
};

/* All that the parent has; a mapping is not passed on. */
static inline struct cap_terms cap_terms_of(const struct slot *parent)
{
    return (struct cap_terms){slot_rights(parent),
                              slot_type(parent) == BH_MEMORY ? 0 : parent->badge};
}

/* Enter a capability into an empty slot: the object's first one, or a child of parent. cell: whose
 * table the slot is in, NULL inside an object. */
void cap_put_first(struct slot *slot, struct cell *cell, struct object *object, uint64_t rights);
void cap_put_child(struct slot *slot, struct cell *cell, struct slot *parent,
                   struct cap_terms terms);

/* A preempted revoke or delete freezes its object, so that it comes to an end although others
 * derive. The freeze wears off, so that one that is never continued does not close the object for
 * good. */
#define CAP_FREEZE 255 /* derivations that are refused */

/* True if nothing may be derived from this capability now: BUSY. */
static inline bool cap_closed(const struct slot *slot)
{
    struct object *object = slot_object(slot);
    if (object->frozen != 0) {
        object->frozen--;
        return true;
    }
    return slot->depth == SLOT_DEPTH_MAX;
}

/* True if something is derived from this capability. */
bool cap_has_children(const struct slot *slot);

/* Delete everything derived from a capability, and with_self the capability too. Stops at
 * preemption points. */
MUST_CHECK status cap_prune(struct slot *slot, bool with_self);

/* Take one capability out: mapping, binding, links; the slot becomes what empty says (0 or
 * tombstone). AGAIN while its mapping shrinks. It must have no children, unless all of the object's
 * go, or all of those before it in the list. */
MUST_CHECK status cap_remove(struct slot *slot, uint64_t empty);

/* A binding inside an object, a child of an unbadged or badged parent; replaces what it held.
 * Parent NULL: only unbind. */
MUST_CHECK status cap_bind(struct slot *slot, struct slot *parent);
bool cap_unbind(struct slot *slot); /* true: there was one */
