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

/* What lock_pause() is told, in instructions: a block that is given back. */
#define FREE_WORK 250u

/* ---- from DYING to STOPPED: no more effect on anybody ---- */

static status thread_dying(struct object *object)
{
    struct thread *thread = thread_of(object);
    status result = thread_stop(thread);
    if (result == BH_OK) {
        cap_unbind(&thread->handler);
        cap_unbind(&thread->budget_slot);
        arch_fp_forget(thread);
        if (thread->is_vcpu) {
            cap_unbind(&vcpu_of(thread)->page);
            arch_vcpu_forget(vcpu_of(thread));
        }
    }
    return result;
}

static status cell_dying(struct object *object)
{
    cap_unbind(&cell_of(object)->trace);
    return BH_OK;
}

static status endpoint_dying(struct object *object)
{
    cap_unbind(&endpoint_of(object)->server);
    return BH_OK;
}

static status signal_dying(struct object *object)
{
    cap_unbind(&signal_of(object)->target);
    return BH_OK;
}

static status line_dying(struct object *object)
{
    cap_unbind(&line_of(object)->vcpu);
    return BH_OK;
}

static status budget_dying(struct object *object)
{
    struct budget *budget = budget_of(object);
    if (budget->period != 0) {
        cap_unbind(&budget->limit->signal);
    }
    if (budget->nesting != 0) {
        cap_unbind(&budget->limit->parent);
    }
    if (budget->thread) {
        cap_unbind(&budget->thread->budget_slot);
    }
    return BH_OK;
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

static status plain_free(struct object *object)
{
    pool_release(object, object);
    return BH_OK;
}

static status thread_object_free(struct object *object)
{
    struct thread *thread = thread_of(object);
    if (mail_pending(thread->cpu, atomic_read_acquire(&thread->noted))) {
        return STATUS_MOVE;
    }
    thread_free(thread);
    return BH_OK;
}

static status line_free(struct object *object)
{
    struct line *line = line_of(object);
    if (mail_pending(line->at, atomic_read_acquire(&line->wish) != 0)) {
        return STATUS_MOVE;
    }
    return plain_free(object);
}

static status cell_object_free(struct object *object)
{
    cell_free(cell_of(object));
    return BH_OK;
}

static status memory_object_free(struct object *object)
{
    memory_free(memory_of(object));
    return BH_OK;
}

struct ending {
    status (*dying)(struct object *object); /* NULL: nothing to stop */
    status (*free)(struct object *object);
};

static const struct ending endings[] = {
    [BH_POOL] = {NULL, plain_free},
    [BH_CELL] = {cell_dying, cell_object_free},
    [BH_MEMORY] = {NULL, memory_object_free},
    [BH_THREAD] = {thread_dying, thread_object_free},
    [BH_VCPU] = {thread_dying, thread_object_free},
    [BH_ENDPOINT] = {endpoint_dying, plain_free},
    [BH_SIGNAL] = {signal_dying, plain_free},
    [BH_IRQ] = {NULL, plain_free}, /* never: made at boot, without the right DESTROY */
    [BH_LINE] = {line_dying, line_free},
    [BH_BUDGET] = {budget_dying, plain_free},
    [BH_CORE] = {NULL, plain_free},
    [BH_TRACE] = {trace_dying, plain_free},
};

static_assert(sizeof(endings) / sizeof(endings[0]) == BH_TRACE + 1, "every type knows how it ends");

static status object_stop(struct object *object)
{
    struct cpu *here = cpu_this(), *core = NULL;
    status result = BH_OK;
    if (object->dying >= OBJECT_STOPPED) {
        return BH_OK;
    }
    object->dying = OBJECT_DYING;
    core = core_holding(object);
    if (core && core != here) {
        here->where = core;
        return STATUS_MOVE;
    }
    if (endings[object->type].dying) {
        result = endings[object->type].dying(object);
    }
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

/* A capability to a dying object other than mine, NULL if there is none. */
static struct slot *other_cap(const struct object *object, const struct slot *mine)
{
    struct slot *slot = link_slot(object->caps);
    return slot == mine && slot ? link_slot(slot->next) : slot;
}

/* Nobody names it any more. */
static void object_bury(struct object *object)
{
    if (object->type == BH_THREAD || object->type == BH_VCPU) {
        thread_leave_cell(thread_of(object));
    }
    object->dying = OBJECT_DEAD;
    pool_bury(object, epoch_after());
}

status object_settle(struct pool *pool)
{
    /* bound: preemption point */
    while (pool->dead) {
        if (!epoch_over(pool->epoch, &cpu_this()->where)) {
            return STATUS_MOVE;
        }
        status result = endings[pool->dead->type].free(pool->dead);
        if (result != BH_OK || lock_pause(FREE_WORK)) {
            return result != BH_OK ? result : STATUS_AGAIN;
        }
    }
    return BH_OK;
}

/* One bounded step of a stopped object that holds nothing. OK: it is dead. AGAIN: not yet. */
static status object_step(struct object *object, struct slot *mine)
{
    struct slot *other = other_cap(object, mine);
    status result = BH_OK;
    if (other) {
        result = cap_remove(other, SLOT_TOMBSTONE);
        return result == BH_OK ? STATUS_AGAIN : result;
    }
    if (object->type == BH_CELL) {
        result = cell_empty_step(cell_of(object));
    } else if (object->type == BH_POOL) {
        result = object_settle(pool_of(object));
    }
    if (result == BH_OK && mine) {
        result = cap_remove(mine, 0);
    }
    if (result == BH_OK) {
        object_bury(object);
    }
    return result;
}

status object_destroy(struct slot *mine)
{
    struct object *object = slot_object(mine), *victim = NULL;
    /* bound: preemption point */
    for (;;) {
        status result = object_innermost(object, &victim);
        if (result == BH_OK) {
            result = object_step(victim, victim == object ? mine : NULL);
        }
        bool pause = lock_pause(500);
        /* what other cores still use waits until the pool is asked next */
        if (result == BH_OK && !pause) {
            pause = object_settle(victim->pool) == STATUS_AGAIN;
        }
        if (result == BH_OK && victim == object) {
            return BH_OK;
        }
        if (result == STATUS_MOVE || pause) {
            return result == STATUS_MOVE ? STATUS_MOVE : STATUS_AGAIN;
        }
    }
}

static bool pool_encloses(const struct object *object, const struct pool *pool)
{
    /* bound: POOL_NESTING, 8 */
    for (; pool; pool = pool->object.pool) {
        if (&pool->object == object) {
            return true;
        }
    }
    return false;
}

bool object_holds(const struct object *object, const struct thread *thread)
{
    return object == &thread->object || object == &thread->cell->object ||
           pool_encloses(object, thread->object.pool) ||
           pool_encloses(object, thread->cell->object.pool);
}
