/* SPDX-License-Identifier: Apache-2.0 */
/* Knows in which order an object and what it holds are taken apart: dying first, then what it
 * contains, then every capability to it, then its memory. */
#include "kernel/cap/destroy.h"

#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/cell_ops.h"
#include "kernel/obj/endpoint.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/line.h"
#include "kernel/obj/memory.h"
#include "kernel/obj/pool.h"
#include "kernel/obj/signal.h"
#include "kernel/obj/thread_ops.h"
#include "kernel/obj/vcpu.h"

/* ---- from LIVE to DYING: no more effect on anybody ---- */

static void thread_dying(struct object *object)
{
    struct thread *thread = thread_of(object);
    thread_suspend(thread);
    cap_unbind(&thread->handler);
    cap_unbind(&thread->budget_slot);
    if (thread->is_vcpu) {
        cap_unbind(&vcpu_of(thread)->page);
    }
}

static void endpoint_dying(struct object *object)
{
    cap_unbind(&endpoint_of(object)->server);
}

static void signal_dying(struct object *object)
{
    cap_unbind(&signal_of(object)->target);
}

static void irq_dying(struct object *object)
{
    cap_unbind(&irq_of(object)->signal);
    irq_forget(irq_of(object));
}

static void line_dying(struct object *object)
{
    cap_unbind(&line_of(object)->vcpu);
}

static void budget_dying(struct object *object)
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
}

/* ---- the memory of each type ---- */

static void plain_free(struct object *object)
{
    pool_release(object, object);
}

static void memory_object_free(struct object *object)
{
    memory_free(memory_of(object));
}

static void thread_object_free(struct object *object)
{
    thread_free(thread_of(object));
}

static void cell_object_free(struct object *object)
{
    cell_free(cell_of(object));
}

struct ending {
    void (*dying)(struct object *object); /* NULL: nothing to stop */
    void (*free)(struct object *object);
};

static const struct ending endings[] = {
    [BH_POOL] = {NULL, plain_free},
    [BH_CELL] = {NULL, cell_object_free},
    [BH_MEMORY] = {NULL, memory_object_free},
    [BH_THREAD] = {thread_dying, thread_object_free},
    [BH_VCPU] = {thread_dying, thread_object_free},
    [BH_ENDPOINT] = {endpoint_dying, plain_free},
    [BH_SIGNAL] = {signal_dying, plain_free},
    [BH_IRQ] = {irq_dying, plain_free},
    [BH_LINE] = {line_dying, plain_free},
    [BH_BUDGET] = {budget_dying, plain_free},
    [BH_CORE] = {NULL, plain_free},
};

static_assert(sizeof(endings) / sizeof(endings[0]) == BH_CORE + 1, "every type knows how it ends");

static void object_mark(struct object *object)
{
    if (!object->dying) {
        object->dying = 1;
        if (endings[object->type].dying) {
            endings[object->type].dying(object);
        }
    }
}

/* What must go before the object can: the newest of what a pool or cell holds, as deep as pools
 * nest. */
static struct object *object_innermost(struct object *object)
{
    for (;;) {
        struct object *inner = NULL;
        object_mark(object);
        if (object->type == BH_POOL) {
            inner = container_of(object, struct pool, object)->objects;
        } else if (object->type == BH_CELL && cell_of(object)->threads) {
            inner = &cell_of(object)->threads->object;
        }
        if (!inner) {
            return object;
        }
        object = inner;
    }
}

/* A capability to a dying object other than mine, NULL if there is none. */
static struct slot *other_cap(const struct object *object, const struct slot *mine)
{
    struct slot *slot = link_slot(object->caps);
    return slot == mine && slot ? link_slot(slot->next) : slot;
}

/* One bounded step. True: object was freed. */
static bool object_step(struct object *object, struct slot *mine, bool last)
{
    struct slot *other = other_cap(object, last ? mine : NULL);
    if (other) {
        /* If its mapping is not gone yet, it is found again in the next step. */
        status removed = cap_remove(other, SLOT_TOMBSTONE);
        ASSERT(removed == BH_OK || removed == STATUS_AGAIN);
        return false;
    }
    if (object->type == BH_CELL && !cell_empty_step(cell_of(object))) {
        return false;
    }
    if (last && slot_full(mine) && cap_remove(mine, 0) != BH_OK) {
        return false;
    }
    endings[object->type].free(object);
    return true;
}

status object_destroy(struct slot *mine)
{
    struct object *object = slot_object(mine);
    for (;;) {
        struct object *victim = object_innermost(object);
        if (object_step(victim, mine, victim == object) && victim == object) {
            return BH_OK;
        }
        if (arch_preempt_pending()) {
            return STATUS_AGAIN;
        }
    }
}

static bool pool_encloses(const struct object *object, const struct pool *pool)
{
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
