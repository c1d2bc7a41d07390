/* SPDX-License-Identifier: Apache-2.0 */
/* What a real-time guest says about its timing: the entries of the channel "stats". */
#pragma once

#include <assert.h>
#include <stdint.h>

#include "cells/lib/channel.h"

#define STATISTICS_MAGIC UINT64_C(0x54415453534f5452) /* the bytes "RTOSSTAT" */

/* Of a periodic task. The last three are the entry of its handler minus its deadline. */
struct statistics {
    uint64_t magic;
    uint64_t sequence; /* counts the entries */
    uint64_t period;   /* nanoseconds, as everything below but the counts */
    uint64_t periods;  /* so far */
    uint64_t misses;
    uint64_t min;
    uint64_t mean;
    uint64_t max;
};

static_assert(sizeof(struct statistics) == CHANNEL_ENTRY, "one entry");
