/* SPDX-License-Identifier: Apache-2.0 */
/* The moments at which a core has to do something, soonest first. */
#pragma once

#include "kernel/lib/types.h"

/* Inside a thread (its deadline) or a budget (its next refill, or its place in its group). */
struct alarm {
    uint64_t when;  /* CNTPCT ticks; 0: not set */
    uint64_t order; /* among equals, who asked first */
    struct alarm *below[2];
};

/* A heap: nothing is sooner than what is above it. Where an alarm may be in it is given by its own
 * address: at step n from the top, bit ALARM_SHIFT + n says left or right. So no path is longer
 * than an address has bits that differ, nothing is ever balanced, and an alarm is found again
 * without a pointer upwards. */
struct alarm_queue {
    struct alarm *first; /* the soonest; NULL: none */
    uint64_t count;      /* that were ever set */
};

#define ALARM_SHIFT 7 /* no two objects with an alarm share a block of so many address bits */
/* Steps of setting an alarm, and half of those of cancelling one: a pool is aligned to its size
 * and has at most 1 << 30 bytes (POOL_ORDER_MAX). */
#define ALARM_STEPS (30 - ALARM_SHIFT)

/* Set an alarm that is not set; when is not 0. */
void alarm_set(struct alarm_queue *queue, struct alarm *alarm, uint64_t when);

/* True if a comes first. Compares when, then order: two words as one number take no branch. */
static ALWAYS_INLINE bool alarm_sooner(const struct alarm *a, const struct alarm *b)
{
    return ((unsigned __int128)a->when << 64 | a->order) <
           ((unsigned __int128)b->when << 64 | b->order);
}

/* Take an alarm out, if it is set. */
void alarm_cancel(struct alarm_queue *queue, struct alarm *alarm);
