/* SPDX-License-Identifier: Apache-2.0 */
/* Knows who holds what, and the priority that this gives him. */
#include "guests/rtos/mutex.h"

static struct task *holder_of_wanted(const struct task *task)
{
    return task->wants == NULL ? NULL : task->wants->owner;
}

static bool closes_cycle(const struct mutex *mutex)
{
    const struct task *task = mutex->owner;

    while (task != NULL && task != task_current) {
        task = holder_of_wanted(task);
    }
    return task != NULL;
}

/* Up the chain, as far as somebody is below. There is no cycle, so it ends. */
static void inherit(struct task *owner, uint8_t priority)
{
    for (; owner != NULL && owner->priority < priority; owner = holder_of_wanted(owner)) {
        task_set_priority(owner, priority);
    }
}

/* Its own priority or that of the best who waits for it. */
static uint8_t deserved(const struct task *task)
{
    uint8_t priority = task->base;

    for (struct link *at = task->held.next; at != &task->held; at = at->next) {
        const struct mutex *mutex = list_item(at, struct mutex, held);

        if (!list_empty(&mutex->waiters) &&
            task_first_waiter(&mutex->waiters)->priority > priority) {
            priority = task_first_waiter(&mutex->waiters)->priority;
        }
    }
    return priority;
}

static void take(struct mutex *mutex, struct task *task)
{
    mutex->owner = task;
    list_insert(&task->held, &mutex->held);
}

void mutex_open(struct mutex *mutex)
{
    mutex->owner = NULL;
    list_open(&mutex->waiters);
    list_open(&mutex->held);
}

bool mutex_lock(struct mutex *mutex)
{
    uint64_t was = port_lock();
    bool possible = !closes_cycle(mutex);

    if (mutex->owner == NULL) {
        take(mutex, task_current);
    } else if (possible) {
        task_current->wants = mutex;
        inherit(mutex->owner, task_current->priority);
        (void)task_block(&mutex->waiters, TIME_NEVER); /* mutex_unlock() has given it to us */
    }
    port_unlock(was);
    return possible;
}

bool mutex_unlock(struct mutex *mutex)
{
    uint64_t was = port_lock();
    bool mine = mutex->owner == task_current;

    if (mine) {
        list_remove(&mutex->held);
        mutex->owner = NULL;
        if (!list_empty(&mutex->waiters)) {
            struct task *next = task_first_waiter(&mutex->waiters);

            next->wants = NULL;
            task_wake(next);
            take(mutex, next);
        }
        task_set_priority(task_current, deserved(task_current));
        task_reschedule();
    }
    port_unlock(was);
    return mine;
}
