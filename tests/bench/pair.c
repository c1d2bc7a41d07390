/* SPDX-License-Identifier: Apache-2.0 */
/* The native cells beside guests/pair, by their names: a driver that interrupts and signals wake,
 * who sets off its alarm from another core, and a cell that leaves its core to nobody. */
#include "cells/lib/arch/sysreg.h"
#include "cells/lib/call.h"
#include "cells/lib/start.h"
#include "cells/lib/string.h"
#include "tests/bench/alarm.h"
#include "tests/bench/mark.h"

#define FEW    64
#define LET_GO 8 /* yields: by then the other cores have nothing left to do */

/* The driver's waits: for what the busy cell has rung, then for what the guest does. */
#define WAITS(name, mark)                          \
    static void name(void)                         \
    {                                              \
        struct bh_message m = {{0}};               \
        struct bh_received r;                      \
                                                   \
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r); \
        MARK_ENDS(mark);                           \
    }

WAITS(wait_over_busy, MARK_IRQ_BUSY)
WAITS(wait_signal, MARK_GUEST_SIGNAL)
WAITS(wait_over_guest, MARK_IRQ_VM)

static void drive(const struct start_info *start)
{
    uint32_t irq = start_need_cap(start, "rtc-irq", BH_IRQ);
    volatile uint32_t *rtc = alarm_open(start);

    for (unsigned i = 0; i < FEW; i++) {
        wait_over_busy();
        alarm_quiet(rtc, irq);
    }
    for (unsigned i = 0; i < FEW; i++) {
        wait_signal();
    }
    for (;;) {
        wait_over_guest();
        alarm_quiet(rtc, irq);
    }
}

static void ring(const struct start_info *start)
{
    struct bh_message m = {{0}};
    struct bh_received r;

    (void)start;
    for (;;) {
        (void)bh_reply_wait(BH_WAIT_ONLY, &m, &r);
        alarm_ring((volatile uint32_t *)BENCH_RTC_AT);
    }
}

static void be_busy(const struct start_info *start)
{
    uint32_t bell = start_need_cap(start, "ring", BH_SIGNAL);

    for (unsigned i = 0; i < FEW; i++) {
        (void)bh_signal_send(bell);
        for (unsigned k = 0; k < LET_GO; k++) {
            cpu_pause();
        }
    }
}

static const struct {
    const char *cell;
    void (*run)(const struct start_info *start);
} roles[] = {{"driver", drive}, {"ringer", ring}, {"busy", be_busy}};

void cell_main(const struct start_info *start)
{
    for (unsigned i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        if (strcmp(roles[i].cell, start->cell) == 0) {
            roles[i].run(start);
        }
    }
}
