/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how alarms are kept in order in a bounded number of steps. */
#include "kernel/sched/alarm.h"

#include "kernel/obj/pool.h"

static_assert(ALARM_STEPS == POOL_ORDER_MAX - ALARM_SHIFT, "addresses differ in no higher bit");

/* Which way an alarm's path goes on at a step. */
static struct alarm **alarm_way(struct alarm *from, const struct alarm *to, unsigned bit)
{
    return &from->below[(uintptr_t)to >> bit & 1];
}

void alarm_set(struct alarm_queue *queue, struct alarm *alarm, uint64_t when)
{
    struct alarm **place = &queue->first;
    alarm->when = when;
    alarm->order = queue->count++;
    /* bound: ALARM_STEPS, 23: the bits in which addresses of the root pool differ */
    for (unsigned bit = ALARM_SHIFT; *place; bit++) {
        struct alarm *here = *place;
        if (alarm_sooner(alarm, here)) { /* it stays here; the other one goes on down */
            *place = alarm;
            alarm->below[0] = here->below[0];
            alarm->below[1] = here->below[1];
            alarm = here;
        }
        place = alarm_way(*place, alarm, bit);
    }
    *place = alarm;
    alarm->below[0] = alarm->below[1] = NULL;
}

void alarm_cancel(struct alarm_queue *queue, struct alarm *alarm)
{
    struct alarm **place = &queue->first, *up;
    if (alarm->when == 0) {
        return;
    }
    /* bound: 23, as above */
    for (unsigned bit = ALARM_SHIFT; *place != alarm; bit++) {
        place = alarm_way(*place, alarm, bit);
    }
    /* the sooner one of the two below moves up into the gap, which moves down */
    /* bound: 23, as above */
    do {
        struct alarm *left = alarm->below[0], *right = alarm->below[1];
        bool side = !left || (right && alarm_sooner(right, left));
        up = side ? right : left;
        *place = up;
        if (up) {
            struct alarm *other = alarm->below[!side];
            alarm->below[0] = up->below[0];
            alarm->below[1] = up->below[1];
            place = &up->below[side];
            up->below[!side] = other;
        }
    } while (up);
    alarm->when = 0;
}
