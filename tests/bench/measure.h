/* SPDX-License-Identifier: Apache-2.0 */
/* How a loop is timed: the counter outside, the marks of a region inside. */
#pragma once

#include "cells/lib/arch/sysreg.h"
#include "cells/lib/print.h"
#include "tests/bench/mark.h"
#include "tests/bench/share.h"

struct loop {
    const char *name;
    void (*run)(void);
};

static inline void measure(const struct loop *loop)
{
    uint64_t begin = sysreg_cntpct_bare();
    uint64_t end;

    MARK_BEGINS(MARK_REGION);
    loop->run();
    MARK_ENDS(MARK_REGION);
    end = sysreg_cntpct_bare();
    print("BENCH loop=%s n=%u ticks=%lu\n", loop->name, BENCH_ROUNDS, end - begin);
}
