/* SPDX-License-Identifier: Apache-2.0 */
/* The ringer of the bench: sets off the waiter's alarm, again and again. In a cell of its own
 * because it maps a device, which makes leaving a cell dearer. */
#include "cells/lib/call.h"
#include "cells/lib/counter.h"
#include "cells/lib/start.h"
#include "tests/bench/alarm.h"
#include "tests/bench/measure.h"

static void loop_irq(void)
{
    volatile uint32_t *rtc = (volatile uint32_t *)BENCH_RTC_AT;

    for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
        alarm_ring(rtc);
    }
}

/* Alarms that find the core idle: a second from now, with all others asleep. */
static void ring_when_idle(void)
{
    volatile uint32_t *rtc = (volatile uint32_t *)BENCH_RTC_AT;
    struct bh_message m = {{0}};
    struct bh_received r;
    struct bh_wait guest_done = {0, 0, counter_after(10000)};

    (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, guest_done);
    for (unsigned i = 0; i < BENCH_IDLE_ROUNDS; i++) {
        struct bh_wait two_seconds = {0, 0, counter_after(2000)};
        rtc[RTC_MATCH / 4] = rtc[RTC_DATA / 4] + 1;
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, two_seconds);
    }
    print("BENCH alarms while idle: %u\n", BENCH_IDLE_ROUNDS);
}

void cell_main(const struct start_info *start)
{
    static const struct loop irq = {"irq", loop_irq};

    (void)start;
    measure(&irq);
    ring_when_idle();
}
