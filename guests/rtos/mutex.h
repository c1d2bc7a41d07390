/* SPDX-License-Identifier: Apache-2.0 */
/* Mutexes with priority inheritance: who holds one has at least the priority of all who wait for
 * it, through any number of mutexes. */
#pragma once

#include "guests/rtos/list.h"
#include "guests/rtos/task.h"

struct mutex {
    struct task *owner;
    struct link waiters;
    struct link held; /* among the owner's */
};

void mutex_open(struct mutex *mutex);

/* False, at once, if this task could only wait for itself: it holds the mutex, or who holds it
 * waits, directly or not, for one that this task holds. */
__attribute__((warn_unused_result)) bool mutex_lock(struct mutex *mutex);

/* Hands it to the first waiter. False if this task does not hold it. */
bool mutex_unlock(struct mutex *mutex);
