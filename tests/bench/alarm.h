/* SPDX-License-Identifier: Apache-2.0 */
/* How the driver of the alarm clock lets another cell set it. */
#pragma once

#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/status_name.h"
#include "tests/bench/share.h"

/* The registers of "rtc", which cell "ringer" finds at BENCH_RTC_AT from then on. */
static inline volatile uint32_t *alarm_open(const struct start_info *start)
{
    const struct start_memory *memory = start_need_memory(start, "rtc", BH_MAP_WRITE);
    uint32_t ringer = start_need_cap(start, "ringer", BH_CELL);
    volatile uint32_t *rtc = (volatile uint32_t *)(uintptr_t)memory->address;
    enum bh_status derived =
        bh_cap_derive(memory->slot, ringer, BENCH_RTC_SLOT, BH_MEMORY_READ | BH_MEMORY_WRITE, 0);
    enum bh_status mapped =
        bh_memory_map(ringer, BENCH_RTC_SLOT, BENCH_RTC_AT, BH_MAP_READ | BH_MAP_WRITE);

    if (derived != BH_OK || mapped != BH_OK) {
        print_stop("the ringer cannot have the clock: %s, %s", status_name(derived),
                   status_name(mapped));
    }
    rtc[RTC_CLEAR / 4] = 1;
    rtc[RTC_MASK / 4] = 1;
    return rtc;
}

/* An interrupt, now. */
static inline void alarm_ring(volatile uint32_t *rtc)
{
    rtc[RTC_MATCH / 4] = rtc[RTC_DATA / 4];
}

/* The driver has taken it: the next one may come. */
static inline void alarm_quiet(volatile uint32_t *rtc, uint32_t irq)
{
    rtc[RTC_CLEAR / 4] = 1;
    (void)bh_irq_ack(irq);
}
