/* SPDX-License-Identifier: Apache-2.0 */
/* The ringer of the bench: sets off the waiter's alarm, again and again. In a cell of its own because it maps a
 * device, which makes leaving a cell dearer. */
#include "cells/lib/start.h"
#include "tests/bench/measure.h"

static void loop_irq(void)
{
    volatile uint32_t *rtc = (volatile uint32_t *)BENCH_RTC_AT;

    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        rtc[RTC_MATCH / 4] = rtc[RTC_DATA / 4];
    }
}

void cell_main(const struct start_info *start)
{
    static const struct loop irq = {"irq", loop_irq};

    (void)start;
    measure(&irq);
}
