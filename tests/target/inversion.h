/* SPDX-License-Identifier: Apache-2.0 */
/* What the cells of inversion.dts and their judge write down for one another, a round after the
 * other: a round is over when the next one's time is set. */
#pragma once

#include <stdint.h>

#include "cells/lib/counter.h"

enum inversion_role {
    INVERSION_SERVER,   /* computes as long as it is asked to */
    INVERSION_ATTACKER, /* asks for more than it has time for, first of all */
    INVERSION_LOW,      /* asks for one request after the other */
    INVERSION_MEDIUM,   /* never waits once it has begun */
    INVERSION_HIGH      /* asks once, while all of these are busy */
};

#define REQUEST_US 4000 /* of the low ones */
#define URGENT_US  100  /* of the high one */
#define HIGH_US    1000 /* it comes so much later than the medium one */

struct inversion {
    uint64_t start;  /* counter when the low ones begin; 0: no round yet */
    uint64_t medium; /* when the medium one begins */
    uint64_t asked;  /* by the high one; the counter */
    uint64_t answered;
    uint64_t ran, ran_asked, ran_answered; /* ticks of the medium one: now, and then */
    uint64_t calls[2];                     /* of attacker and low one that came back */
};

static inline uint64_t ticks(uint64_t microseconds)
{
    return counter_frequency() * microseconds / 1000000;
}

/* Compute for so long, however often others come first; what was used is added to total. */
static inline void work(uint64_t microseconds, volatile uint64_t *total)
{
    uint64_t left = ticks(microseconds), pause = ticks(10), last = counter_now();

    while (left != 0) {
        uint64_t now = counter_now(), used = now - last < pause ? now - last : 0;
        left -= used < left ? used : left;
        *total += used;
        last = now;
    }
}
