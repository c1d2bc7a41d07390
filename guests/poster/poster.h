/* SPDX-License-Identifier: Apache-2.0 */
/* What the guest's processors, and the cells beside them, tell their judge in memory "shares", and
 * what it tells them. */
#pragma once

#include <stdint.h>

#define POSTER_CPUS 2

/* Who is who in ran: the guest's processors, and the middle cells of either core. */
enum poster_place { POSTER_FIRST, POSTER_SECOND, POSTER_MIDDLE, POSTER_OTHER };

struct poster_shares {
    uint64_t ran[8];                 /* ticks */
    uint32_t want[POSTER_CPUS];      /* to be posted */
    uint32_t by_device;              /* as registers; else in the page itself, then yield */
    uint32_t posted[POSTER_CPUS];    /* it is */
    uint32_t registers[POSTER_CPUS]; /* what they read then, both ways alike */
};
