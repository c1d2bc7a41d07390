/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the derivation list: preorder with depth, descendants are the run behind. */
#include "kernel/cap/cap.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/lock.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/trace.h"

/* What lock_pause() is told, in instructions: a capability; beside that, a binding or mapping. */
#define REMOVE_WORK 100u
#define LOST_WORK   250u

uintptr_t link_base;
static uint64_t filling; /* how often a slot was filled: see slot_look() */

/* Not a live one with that type and those rights; but a dying one may do. */
static COLD struct cap_found cap_refuse(struct slot *slot, uint64_t word, uint32_t types,
                                        uint32_t rights)
{
    bool gone =
        word == SLOT_TOMBSTONE || (word && word_object(word)->dying && !(types & TYPE_DYING));
    status why = word == 0                          ? BH_NO_CAP
                 : gone                             ? BH_STALE
                 : !(types & TYPE_BIT(word >> 56))  ? BH_BAD_TYPE
                 : rights & ~(uint32_t)(word >> 48) ? BH_NO_RIGHT
                                                    : BH_OK;
    return why == BH_OK ? (struct cap_found){slot, word} : (struct cap_found){NULL, why};
}

struct cap_found cap_find(const struct cell *cell, uint64_t index, uint32_t types, uint32_t rights)
{
    struct slot *slot = cap_slot(cell, index);
    uint64_t word = atomic_read_acquire(&slot->word);
    /* No type is that of an empty slot; a tombstone has no rights. */
    bool fits = types >> (word >> 56) & 1 && !(rights & ~(uint32_t)(word >> 48));
    if (unlikely(!fits || word_object(word)->dying)) {
        return cap_refuse(slot, word, types, rights);
    }
    return (struct cap_found){slot, word};
}

struct slot *cap_find_empty(const struct cell *cell, uint64_t index)
{
    index = arch_nospec(index, cell->slot_count);
    struct slot *slot = &cell->table[index];
    return index != 0 && slot->word == 0 ? slot : NULL;
}

/* Common part of entering a capability: everything but the links. */
static void cap_fill(struct slot *slot, struct cell *cell, uint64_t badge, uint64_t word)
{
    slot->cell = link_to(cell);
    atomic_write_release(&slot->badge, badge); /* not before the slot was emptied: slot_look() */
    slot->progress = 0;
    slot->pruning = 0;
    filling = (filling + 1) % SLOT_FILLINGS;
    atomic_write_release(&slot->word, word | filling);
    if (cell) {
        cell->used_slots++;
    }
}

void cap_put_first(struct slot *slot, struct cell *cell, struct object *object, uint64_t rights)
{
    ASSERT(slot->word == 0 && object->caps == 0);
    slot->next = slot->prev = 0;
    slot->depth = 0;
    object->caps = link_to(slot);
    cap_fill(slot, cell, 0, slot_pack((enum bh_type)object->type, rights, object));
}

void cap_put_child(struct slot *slot, struct cell *cell, struct slot *parent,
                   struct cap_terms terms)
{
    ASSERT(slot->word == 0 && parent->depth < SLOT_DEPTH_MAX);
    enum bh_type type = slot_type(parent);
    unsigned depth = parent->depth + 1u;
    slot->next = parent->next;
    slot->prev = link_to(parent);
    if (parent->next) {
        struct slot *next = link_slot(parent->next);
        next->prev = link_to(slot);
        depth = next->depth > depth ? next->depth : depth;
    }
    slot->depth = depth & SLOT_DEPTH_MAX;
    parent->next = link_to(slot);
    cap_fill(slot, cell, terms.badge, slot_pack(type, terms.rights, slot_object(parent)));
}

static void cap_unlink(struct slot *slot)
{
    if (slot->prev) {
        link_slot(slot->prev)->next = slot->next;
    } else {
        slot_object(slot)->caps = slot->next;
    }
    if (slot->next) {
        link_slot(slot->next)->prev = slot->prev;
    }
    slot->next = slot->prev = 0;
}

bool cap_has_children(const struct slot *slot)
{
    return slot->next && link_slot(slot->next)->depth > slot->depth;
}

/* The core that a binding is used on; NULL: any. */
static struct cpu *binding_core(struct slot *slot)
{
    struct cpu *cpu = NULL;
    if (slot_type(slot) == BH_BUDGET && slot->progress == BINDING_PARENT) {
        cpu = container_of(slot, struct budget, limit[0].parent)->cpu;
    } else if (slot_type(slot) == BH_BUDGET) {
        cpu = container_of(slot, struct thread, budget_slot)->cpu;
    } else if (slot_type(slot) == BH_ENDPOINT) {
        cpu = container_of(slot, struct thread, handler)->cpu;
    } else if (slot_type(slot) == BH_SIGNAL && slot->progress == BINDING_QUIET) {
        cpu = container_of(slot, struct budget, limit[0].signal)->cpu;
    } else if (slot_type(slot) == BH_SIGNAL) {
        cpu = irq_of_binding(slot)->cpu;
    }
    return cpu && cpu_online(cpu) ? cpu : NULL;
}

/* What the holder loses with a capability inside an object; MOVE: on another core. */
static status binding_lose(struct slot *slot)
{
    struct cpu *here = cpu_this(), *core = binding_core(slot);
    if (core && core != here) {
        here->where = core;
        return STATUS_MOVE;
    }
    here->work += LOST_WORK;
    if (slot_type(slot) == BH_BUDGET && slot->progress == BINDING_PARENT) {
        budget_orphaned(slot);
    } else if (slot_type(slot) == BH_BUDGET) {
        budget_unbound(budget_of(slot_object(slot)));
    } else if (slot_type(slot) == BH_SIGNAL && slot->progress != BINDING_QUIET) {
        irq_unbound(irq_of_binding(slot));
    } else if (slot_type(slot) == BH_TRACE) {
        trace_unwatched(slot);
    }
    return BH_OK;
}

status cap_remove(struct slot *slot, uint64_t empty)
{
    enum bh_type type = slot_type(slot);
    if (unlikely(slot->cell == 0)) {
        status lost = binding_lose(slot);
        if (lost != BH_OK) {
            return lost;
        }
        empty = 0;
    } else if (type == BH_MEMORY && slot->badge != 0) {
        cpu_this()->work += LOST_WORK;
        status result = memory_unmap(slot);
        if (result != BH_OK) {
            return result;
        }
    }
    if (slot->cell != 0 && empty == 0) {
        ((struct cell *)link_sure(slot->cell))->used_slots--;
    }
    if (type != BH_TOMBSTONE) {
        if (slot->pruning) {
            slot_object(slot)->frozen = 0; /* nobody can continue what was interrupted */
        }
        cap_unlink(slot);
    }
    atomic_write_release(&slot->word, empty);
    return BH_OK;
}

status cap_prune(struct slot *slot, bool with_self)
{
    /* In the order of the list: what is behind slot until that is done has no other parent. */
    /* bound: preemption point */
    while (cap_has_children(slot)) {
        status result = cap_remove(link_slot(slot->next), 0);
        if (result != BH_OK || lock_pause(REMOVE_WORK)) {
            slot_object(slot)->frozen = CAP_FREEZE;
            slot->pruning = 1;
            return result == STATUS_MOVE ? STATUS_MOVE : STATUS_AGAIN;
        }
    }
    if (slot->pruning) {
        slot_object(slot)->frozen = 0;
        slot->pruning = 0;
    }
    return with_self ? cap_remove(slot, 0) : BH_OK;
}

bool cap_unbind(struct slot *slot)
{
    bool bound = slot->word != 0;
    if (bound) {
        status result = cap_remove(slot, 0);
        ASSERT(result == BH_OK);
    }
    return bound;
}

status cap_bind(struct slot *slot, struct slot *parent)
{
    if (parent && cap_closed(parent)) {
        return BH_BUSY;
    }
    (void)cap_unbind(slot);
    if (parent) {
        cap_put_child(slot, NULL, parent, cap_terms_of(parent));
    }
    return BH_OK;
}
