/* SPDX-License-Identifier: Apache-2.0 */
/* Time as a native cell sees it: the physical counter, and deadlines for reply_wait. */
#pragma once

#include "cells/lib/arch/sysreg.h"

static inline uint64_t counter_now(void)
{
    return sysreg_cntpct();
}

/* Ticks per second, as firmware told the architecture. */
static inline uint64_t counter_frequency(void)
{
    return sysreg_cntfrq();
}

/* The counter in so many milliseconds: the deadline of a wait. */
static inline uint64_t counter_after(uint64_t milliseconds)
{
    return counter_now() + counter_frequency() / 1000 * milliseconds;
}
