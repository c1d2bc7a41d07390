/* SPDX-License-Identifier: Apache-2.0 */
/* The waiter of the bench: a driver with a higher priority than its wakers, woken by signals,
 * then by interrupts. */
#include "cells/lib/call.h"
#include "cells/lib/start.h"
#include "tests/bench/alarm.h"
#include "tests/bench/mark.h"

static void wait_signals(unsigned rounds)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    for (unsigned i = 0; i < rounds; i++) {
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        MARK_ENDS(MARK_SIGNAL);
    }
}

static void wait_interrupts(volatile uint32_t *rtc, uint32_t irq)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    for (;;) {
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        MARK_ENDS(MARK_IRQ);
        MARK_ENDS(MARK_IRQ_IDLE);
        alarm_quiet(rtc, irq);
    }
}

void cell_main(const struct start_info *start)
{
    volatile uint32_t *rtc = alarm_open(start); /* the ringer sets the alarm */

    wait_signals(BENCH_ROUNDS);
    wait_interrupts(rtc, start_need_cap(start, "rtc-irq", BH_IRQ));
}
