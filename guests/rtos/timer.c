/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the running timers, the earliest first; the alarm is always that one's. */
#include "guests/rtos/timer.h"

#include "guests/rtos/port.h"

static struct link running;

static struct timer *first(void)
{
    return list_empty(&running) ? NULL : list_item(running.next, struct timer, link);
}

static void set_alarm(void)
{
    port_alarm(list_empty(&running) ? TIME_NEVER : first()->deadline);
}

void timer_open(void)
{
    list_open(&running);
}

void timer_prepare(struct timer *timer, void (*expire)(struct timer *timer, uint64_t entry))
{
    list_open(&timer->link);
    timer->expire = expire;
}

void timer_start(struct timer *timer, uint64_t deadline)
{
    struct link *at = running.next;

    list_remove(&timer->link);
    timer->deadline = deadline;
    while (at != &running && list_item(at, struct timer, link)->deadline <= deadline) {
        at = at->next;
    }
    list_insert(at, &timer->link);
    set_alarm();
}

void timer_stop(struct timer *timer)
{
    if (!list_empty(&timer->link)) {
        list_remove(&timer->link);
        set_alarm();
    }
}

void timer_interrupt(uint64_t entry)
{
    for (struct timer *timer = first(); timer != NULL && timer->deadline <= port_now();
         timer = first()) {
        list_remove(&timer->link);
        timer->expire(timer, entry > timer->deadline ? entry : timer->deadline);
    }
    set_alarm();
}
