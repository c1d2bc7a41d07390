/* SPDX-License-Identifier: Apache-2.0 */
/* Knows in which order an object and what it holds are taken apart: it stops, then what it contains
 * goes, then every capability to it; its memory is free when no core can be using it. */
#include "kernel/cap/destroy.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/lock.h"
#include "kernel/core/epoch.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/core.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/trace.h"
#include "kernel/obj/vcpu.h"

/* What lock_pause() is told, in instructions: a step; a block that is given back. */
#define STEP_WORK 300u
#define FREE_WORK 400u

#define THREAD_HOLDS (offsetof(struct thread, handler) - offsetof(struct thread, object))

/* ---- from DYING to STOPPED: no more effect on anybody ---- */

/* Slots inside an object, by its type: where the first one is, counted from the header, and how
 * many bytes apart how many are. */
static const struct holding {
    uint16_t at, count, apart;
} holdings[BH_TRACE + 1] = {
    [BH_CELL] = {offsetof(struct cell, trace), 1, 0},
    [BH_THREAD] = {THREAD_HOLDS, 1, 0},
    [BH_VCPU] = {THREAD_HOLDS, 2, offsetof(struct vcpu, page) - offsetof(struct thread, handler)},
    [BH_ENDPOINT] = {offsetof(struct endpoint, server), 1, 0},
    [BH_SIGNAL] = {offsetof(struct signal, target), 1, 0},
    [BH_LINE] = {offsetof(struct line, vcpu), 1, 0},
    [BH_TRACE] = {offsetof(struct trace, rings), CPU_MAX, sizeof(struct ring)},
};

static bool is_thread(const struct object *object)
{
    return object->type == BH_THREAD || object->type == BH_VCPU;
}

/* A thread and its budget are parted, if one of the two goes. */
static bool object_part(struct object *object)
{
    struct thread *thread = is_thread(object)           ? thread_of(object)
                            : object->type == BH_BUDGET ? budget_of(object)->thread
                                                        : NULL;
    return thread && cap_unbind(&thread->budget_slot);
}

static void budget_forget(struct budget *budget)
{
    if (budget->period != 0) {
        (void)cap_unbind(&budget->limit->signal);
    }
    if (budget->nesting != 0) {
        (void)cap_unbind(&budget->limit->parent);
    }
}

/* What it leaves to a core, or has of one; true: that was a step. */
static bool object_leave(struct object *object)
{
    struct thread *thread = thread_of(object);
    if (is_thread(object)) {
        arch_fp_forget(thread);
        return thread->is_vcpu && arch_vcpu_forget(vcpu_of(thread));
    }
    if (object->type == BH_BUDGET) {
        budget_forget(budget_of(object));
    }
    return false;
}

/* AGAIN: that was a step; of what a budget had the rest is done without the lock. */
static status object_detach(struct object *object, bool homed)
{
    const struct holding *holding = &holdings[object->type];
    if (homed && is_thread(object) && thread_of(object)->state != THREAD_SUSPENDED) {
        status result = thread_stop(thread_of(object));
        return result == BH_OK ? STATUS_AGAIN : result;
    }
    if (homed && object_part(object)) {
        return STATUS_AGAIN;
    }
    uintptr_t at = (uintptr_t)object + holding->at;
    /* bound: 8, a trace */
    for (unsigned left = holding->count; left > 0; left--, at += holding->apart) {
        struct slot *slot = (struct slot *)at;
        if (slot->word != 0) {
            (void)cap_unbind(slot);
            return STATUS_AGAIN;
        }
    }
    return homed && object_leave(object) ? STATUS_AGAIN : BH_OK;
}

/* ---- from DEAD to memory, a block at a time: MOVE while another core has mail that lies in
 * it ---- */

/* The core that got an object's mail last may be handling it: only there, and behind it, the object
 * can be freed. */
static bool mail_pending(struct cpu *cpu, bool posted)
{
    struct cpu *here = cpu_this();
    here->where = cpu;
    return cpu && cpu_online(cpu) && (posted || cpu != here);
}

static status object_free(struct object *object)
{
    struct thread *thread = thread_of(object);
    struct line *line = line_of(object);
    switch (object->type) {
    case BH_THREAD:
    case BH_VCPU:
        if (mail_pending(thread->cpu, atomic_read_acquire(&thread->noted))) {
            return STATUS_MOVE;
        }
        thread_free(thread);
        return BH_OK;
    case BH_CELL:
        cell_free(cell_of(object));
        return BH_OK;
    case BH_MEMORY:
        memory_free(memory_of(object));
        return BH_OK;
    case BH_LINE:
        if (mail_pending(line->at, atomic_read_acquire(&line->wish) != 0)) {
            return STATUS_MOVE;
        }
    /* fall through */
    default:
        pool_release(object, object);
        return BH_OK;
    }
}

static status object_stop(struct object *object)
{
    if (object->dying >= OBJECT_STOPPED) {
        return BH_OK;
    }
    object->dying = OBJECT_DYING;
    bool homed = CORE_TYPES >> object->type & 1;
    struct cpu *here = cpu_this(), *core = homed ? core_holding(object) : NULL;
    if (core && core != here) {
        here->where = core;
        return STATUS_MOVE;
    }
    status result = object_detach(object, homed);
    if (result == BH_OK) {
        object->dying = OBJECT_STOPPED;
        result = STATUS_AGAIN; /* that was a step */
    }
    return result;
}

/* What must go before the object can: the newest of what a pool or cell holds, as deep as pools
 * nest. All on the way stop. */
static status object_innermost(struct object *object, struct object **innermost)
{
    /* bound: POOL_NESTING 8, a cell, a thread */
    while (object) {
        status result = object_stop(object);
        if (result != BH_OK) {
            return result;
        }
        *innermost = object;
        if (object->type == BH_POOL) {
            object = pool_of(object)->objects;
        } else if (object->type == BH_CELL && cell_of(object)->threads) {
            object = &cell_of(object)->threads->object;
        } else {
            object = NULL;
        }
    }
    return BH_OK;
}

/* Nobody names it any more. */
static void object_bury(struct object *object)
{
    if (is_thread(object)) {
        thread_leave_cell(thread_of(object));
    }
    object->dying = OBJECT_DEAD;
    pool_bury(object, epoch_after());
}

status objects_free(struct pool *pool)
{
    status result = BH_OK;
    /* bound: preemption point */
    do {
        status over = epoch_over(pool->epoch);
        result = over == BH_OK ? object_free(pool->dead) : over;
        result = result == BH_OK && lock_pause(FREE_WORK) ? STATUS_AGAIN : result;
    } while (result == BH_OK && pool->dead);
    return result;
}

/* One bounded step of a stopped object that holds nothing. OK: it is dead. AGAIN: not yet. */
static status object_step(struct object *object, struct slot *mine)
{
    struct slot *first = link_slot(object->caps);
    struct slot *other = first == mine && first ? link_slot(first->next) : first;
    status result = BH_OK;
    if (other) {
        result = cap_remove(other, SLOT_TOMBSTONE);
        return result == BH_OK ? STATUS_AGAIN : result;
    }
    if (object->type == BH_CELL) {
        result = cell_empty_step(cell_of(object));
    } else if (object->type == BH_POOL) {
        result = pool_of(object)->takers != 0 ? STATUS_AGAIN : object_settle(pool_of(object));
    }
    if (result == BH_OK && mine) {
        result = cap_remove(mine, 0);
    }
    if (result == BH_OK) {
        object_bury(object);
    }
    return result;
}

/* Others may have the lock when the way to the victim is behind us, and do the step in our place.
 * NO_CAP: mine has gone, maybe with what the object held; whoever has another one goes on. */
static status object_next_step(struct object *object, struct slot *mine, struct object **victim)
{
    status result = object_innermost(object, victim);
    if (result != BH_OK) {
        return result;
    }
    lock_pass(&(*victim)->pool->takers);
    if ((*victim)->dying != OBJECT_STOPPED) {
        return STATUS_AGAIN;
    }
    if (*victim != object) {
        mine = NULL;
    } else if (slot_object(mine) != object) {
        return BH_NO_CAP;
    }
    return object_step(*victim, mine);
}

status object_destroy(struct slot *mine)
{
    struct object *object = slot_object(mine), *victim = NULL;
    /* bound: preemption point */
    for (;;) {
        status result = object_next_step(object, mine, &victim);
        bool pause = lock_pause(STEP_WORK);
        /* what other cores still use waits until the pool is asked next */
        if (result == BH_OK && !pause) {
            pause = object_settle(victim->pool) != BH_OK;
        }
        if (result != STATUS_AGAIN && (result != BH_OK || victim == object)) {
            return result;
        }
        if (pause) {
            return STATUS_AGAIN;
        }
    }
}
