/* SPDX-License-Identifier: Apache-2.0 */
/* A capability slot: 32 bytes, its word and the links of the derivation list. */
#pragma once

#include <assert.h>

#include "kernel/lib/atomic.h"
#include "kernel/lib/types.h"

/* All capabilities of one object form one list in preorder, each with its depth; the descendants of
 * a slot are the run behind it with a greater depth. Parents are taken out before their children,
 * so depth may grow by more than one behind a slot that is being pruned; a new child is as deep as
 * the one that it is put before. Links are addresses in units of 32 bytes counted from the start
 * of the root pool, 0 for none (see link.h).
 *
 *   EMPTY --put--> FULL --object destroyed--> TOMBSTONE --cap_delete--> EMPTY
 *                  FULL --deleted, revoked--> EMPTY
 *
 * Slots inside objects (a thread's handler, an endpoint's server, ...) have cell 0; they become
 * EMPTY where a table's slot would become a TOMBSTONE. */
struct slot {
    /* Type in bits 63:56, rights in 55:48, object address in 47:0, its low 5 bits: which filling
     * this is; one store, one load. */
    uint64_t word;
    uint64_t badge; /* badge; of a MEMORY capability: mapping, see memory.h */
    uint32_t next;
    uint32_t prev;
    uint32_t cell;          /* link of the cell whose table this is; 0: inside an object */
    uint32_t depth : 8;     /* 0 for the object's first capability */
    uint32_t progress : 23; /* pages done by a preempted map or unmap; a binding: see below */
    uint32_t pruning : 1;   /* a revoke or delete of what is below was preempted */
};
static_assert(sizeof(struct slot) == 32, "two slots a cache line of 64 bytes");

#define SLOT_FILLINGS    32 /* objects are blocks of 64 bytes: low bits of their address are free */
#define SLOT_OBJECT_MASK ((UINT64_C(1) << 48) - SLOT_FILLINGS)
#define SLOT_TOMBSTONE   ((uint64_t)BH_TOMBSTONE << 56)
#define SLOT_DEPTH_MAX   31
#define BINDING_QUIET    1 /* nothing is to be done when this SIGNAL binding is lost */
#define BINDING_PARENT   1 /* this BUDGET is what the holder is derived from */

/* A slot inside an object: links count in units of 32 bytes, blocks are aligned to 64. */
#define SLOT_LINKABLE(type, member)                                                            \
    static_assert(offsetof(struct type, member) % sizeof(struct slot) == 0, "links name this " \
                                                                            "slot")

struct object;

static ALWAYS_INLINE enum bh_type slot_type(const struct slot *s)
{
    return (enum bh_type)(s->word >> 56);
}

static ALWAYS_INLINE uint8_t slot_rights(const struct slot *s)
{
    return (uint8_t)(s->word >> 48);
}

static ALWAYS_INLINE struct object *word_object(uint64_t word)
{
    return (struct object *)(uintptr_t)(word & SLOT_OBJECT_MASK);
}

static ALWAYS_INLINE struct object *slot_object(const struct slot *s)
{
    return word_object(s->word);
}

static ALWAYS_INLINE bool slot_full(const struct slot *s)
{
    return s->word != 0 && s->word != SLOT_TOMBSTONE;
}

/* True if it says this type with all of these rights: one compare. */
static ALWAYS_INLINE bool word_allows(uint64_t word, enum bh_type type, uint64_t rights)
{
    uint64_t need = (uint64_t)type << 56 | rights << 48;
    return (word & (UINT64_C(0xff) << 56 | rights << 48)) == need;
}

/* Word and badge as they were at one moment, read without the configuration lock: a writer fills an
 * empty slot's badge first and its word last, with a number that goes up with each filling; so they
 * belong together if the word is still there after the badge was read (unless 32 calls of other
 * cores fitted between three loads). */
struct PAIR slot_view {
    uint64_t word, badge;
};

static ALWAYS_INLINE struct slot_view slot_look(const struct slot *s)
{
    uint64_t word = atomic_read_acquire(&s->word);
    return (struct slot_view){word, atomic_read_acquire(&s->badge)};
}

static ALWAYS_INLINE bool slot_changed(const struct slot *s, struct slot_view view)
{
    return atomic_read(&s->word) != view.word;
}

static ALWAYS_INLINE uint64_t slot_pack(enum bh_type type, uint64_t rights,
                                        const struct object *object)
{
    return (uint64_t)type << 56 | rights << 48 | (uint64_t)(uintptr_t)object;
}
