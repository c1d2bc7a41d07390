/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which tasks are ready, one list and one bit for each priority. */
#include "guests/rtos/task.h"

struct task *task_current;
uint64_t task_switches;

static struct link ready[TASK_PRIORITIES];
static uint32_t ready_map; /* bit n: ready[n] is not empty */
static struct task tasks[TASK_MAX];
static unsigned task_count;
static uint8_t stacks[TASK_MAX][TASK_PAGE + TASK_STACK] __attribute__((aligned(TASK_PAGE)));

_Static_assert(TASK_PRIORITIES == 32, "as many as ready_map has bits");

static void insert_ready(struct task *task, bool front)
{
    struct link *list = &ready[task->priority];

    list_insert(front ? list->next : list, &task->link);
    ready_map |= UINT32_C(1) << task->priority;
    task->ready = true;
}

static void remove_ready(struct task *task)
{
    list_remove(&task->link);
    if (list_empty(&ready[task->priority])) {
        ready_map &= ~(UINT32_C(1) << task->priority);
    }
    task->ready = false;
}

/* Behind its equals. */
static void insert_waiter(struct link *waiters, struct task *task)
{
    struct link *at = waiters->next;

    while (at != waiters && list_item(at, struct task, link)->priority >= task->priority) {
        at = at->next;
    }
    list_insert(at, &task->link);
    task->waiters = waiters;
}

static unsigned best_priority(void)
{
    return 31U - (unsigned)__builtin_clz(ready_map);
}

static void expire(struct timer *timer, uint64_t entry)
{
    struct task *task = list_item(timer, struct task, timer);

    task->timed_out = true;
    task->woken = entry;
    task_wake(task);
}

static void idle(void *nothing)
{
    (void)nothing;
    for (;;) {
        port_idle();
    }
}

void task_open(void)
{
    timer_open();
    for (unsigned i = 0; i < TASK_PRIORITIES; i++) {
        list_open(&ready[i]);
    }
    ready_map = 0;
    task_count = 0;
    task_current = NULL;
    (void)task_create("idle", 0, idle, NULL);
}

struct task *task_create(const char *name, unsigned priority, void (*entry)(void *), void *argument)
{
    uint64_t was = port_lock();
    struct task *task = NULL;

    if (task_count < TASK_MAX && priority < TASK_PRIORITIES) {
        uint8_t *guard = stacks[task_count];

        task = &tasks[task_count++];
        *task = (struct task){.name = name,
                              .stack = guard + TASK_PAGE,
                              .base = (uint8_t)priority,
                              .priority = (uint8_t)priority};
        list_open(&task->link);
        list_open(&task->held);
        timer_prepare(&task->timer, expire);
        port_guard(guard);
        port_prepare(task, entry, argument, task->stack + TASK_STACK);
        insert_ready(task, false);
        task_reschedule();
    }
    port_unlock(was);
    return task;
}

struct task *task_pick(void)
{
    struct task *best = list_item(ready[best_priority()].next, struct task, link);

    task_switches += best != task_current;
    task_current = best;
    port_post(best->priority);
    return best;
}

void task_reschedule(void)
{
    if (task_current != NULL && !port_in_interrupt() && best_priority() > task_current->priority) {
        port_switch();
    }
}

bool task_block(struct link *waiters, uint64_t deadline)
{
    struct task *task = task_current;

    remove_ready(task);
    task->timed_out = false;
    if (waiters != NULL) {
        insert_waiter(waiters, task);
    }
    if (deadline != TIME_NEVER) {
        timer_start(&task->timer, deadline);
    }
    port_switch();
    return !task->timed_out;
}

void task_wake(struct task *task)
{
    timer_stop(&task->timer);
    list_remove(&task->link);
    task->waiters = NULL;
    insert_ready(task, false);
}

struct task *task_first_waiter(const struct link *waiters)
{
    return list_item(waiters->next, struct task, link);
}

void task_set_priority(struct task *task, uint8_t priority)
{
    bool lower = priority < task->priority;

    if (priority == task->priority) {
        return;
    }
    if (task->ready) {
        remove_ready(task);
        task->priority = priority;
        insert_ready(task, lower); /* it has not given the processor up */
        if (task == task_current) {
            port_post(best_priority()); /* somebody else's, if he is to run now */
        }
        return;
    }
    task->priority = priority;
    if (task->waiters != NULL) {
        list_remove(&task->link);
        insert_waiter(task->waiters, task);
    }
}

uint64_t task_sleep_until(uint64_t deadline)
{
    uint64_t was = port_lock();
    uint64_t woken = port_now();

    if (deadline > woken) {
        (void)task_block(NULL, deadline);
        woken = task_current->woken;
    }
    port_unlock(was);
    return woken;
}

void task_yield(void)
{
    uint64_t was = port_lock();

    remove_ready(task_current);
    insert_ready(task_current, false);
    port_switch();
    port_unlock(was);
}
