/* SPDX-License-Identifier: Apache-2.0 */
/* The service of the cell clock, at the endpoint "clock". */
#pragma once

#include "cells/lib/call.h"

/* Word 0 of a call. The answer's word 0 is a status (enum bh_status). */
enum clock_operation {
    CLOCK_NOW = 0 /* words 1..3: seconds since 1970, nanoseconds, calls answered before this one */
};

struct clock_now {
    uint64_t seconds; /* since 1970-01-01 00:00 UTC, without leap seconds */
    uint64_t nanoseconds;
    uint64_t served;
};

static inline enum bh_status clock_ask(uint32_t endpoint, struct clock_now *now)
{
    struct bh_message m = {{CLOCK_NOW}};
    enum bh_status status = bh_call(endpoint, &m);

    *now = (struct clock_now){m.w[1], m.w[2], m.w[3]};
    return status != BH_OK ? status : (enum bh_status)m.w[0];
}
