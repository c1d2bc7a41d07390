/* SPDX-License-Identifier: Apache-2.0 */
/* The waiter of the bench: a driver with a higher priority than its wakers, woken by signals,
 * then by interrupts. */
#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/status_name.h"
#include "tests/bench/mark.h"
#include "tests/bench/share.h"

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
        rtc[RTC_CLEAR / 4] = 1;
        (void)bh_irq_ack(irq);
    }
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_need_memory(start, "rtc", BH_MAP_WRITE);
    uint32_t ringer = start_need_cap(start, "ringer", BH_CELL);
    volatile uint32_t *rtc = (volatile uint32_t *)(uintptr_t)memory->address;
    enum bh_status derived;
    enum bh_status mapped;

    /* The ringer sets the alarm: it gets the registers too. */
    derived =
        bh_cap_derive(memory->slot, ringer, BENCH_RTC_SLOT, BH_MEMORY_READ | BH_MEMORY_WRITE, 0);
    mapped = bh_memory_map(ringer, BENCH_RTC_SLOT, BENCH_RTC_AT, BH_MAP_READ | BH_MAP_WRITE);
    if (derived != BH_OK || mapped != BH_OK) {
        print_stop("the ringer cannot have the clock: %s, %s", status_name(derived),
                   status_name(mapped));
    }
    rtc[RTC_CLEAR / 4] = 1;
    rtc[RTC_MASK / 4] = 1;
    wait_signals(BENCH_ROUNDS);
    wait_interrupts(rtc, start_need_cap(start, "rtc-irq", BH_IRQ));
}
