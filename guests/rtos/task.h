/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks: 32 fixed priorities, the highest ready task runs, equals in the order they became ready.
 *
 *           task_block                task_wake, or its deadline
 *   READY ------------> in a wait list or asleep ------------> READY
 *
 * The running task is READY and first of its priority. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "guests/rtos/list.h"
#include "guests/rtos/port.h"
#include "guests/rtos/timer.h"

#define TASK_PRIORITIES 32 /* 31 is the highest, 0 the idle task's */
#define TASK_MAX        12
#define TASK_PAGE       4096
#define TASK_STACK      (2 * TASK_PAGE)

struct mutex;

struct task {
    struct frame frame; /* first: start.S */
    const char *name;
    uint8_t *stack;       /* its lowest byte; the page below is the guard */
    struct link link;     /* among the ready of its priority, or in a wait list */
    struct link *waiters; /* the wait list it is in, or NULL */
    struct timer timer;   /* its deadline */
    uint64_t woken;       /* counter at the entry of the interrupt of its last deadline */
    struct mutex *wants;  /* that it waits for */
    struct link held;     /* mutexes that it holds */
    uint8_t base;         /* priority it was created with */
    uint8_t priority;     /* the same, or what it inherits */
    bool ready;
    bool timed_out;
};

/* Who runs, and how often that has changed. */
extern struct task *task_current;
extern uint64_t task_switches;

/* Before anything else. Creates the idle task. */
void task_open(void);

/* A new ready task; it runs as soon as the scheduler does and it is the best. It must not return.
 * NULL: there are TASK_MAX already. */
struct task *task_create(const char *name, unsigned priority, void (*entry)(void *),
                         void *argument);

/* Wait until the counter reaches the deadline. Returns when the interrupt that ended it entered;
 * the present time if the deadline had passed before. */
uint64_t task_sleep_until(uint64_t deadline);

/* Let the equals run. */
void task_yield(void);

/* For mutex and queue; all locked.
 * Take the running task off the processor, into a wait list (NULL: none), until it is woken (true)
 * or the deadline passes (false). */
bool task_block(struct link *waiters, uint64_t deadline);
void task_wake(struct task *task);
/* The one that waits first in a list that is not empty: the highest priority, then the oldest. */
struct task *task_first_waiter(const struct link *waiters);
void task_set_priority(struct task *task, uint8_t priority);
/* Switch if somebody better is ready; not in an interrupt, which does so at its end. */
void task_reschedule(void);

/* For port: who is to run; makes it the current one. */
struct task *task_pick(void);
