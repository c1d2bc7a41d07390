/* SPDX-License-Identifier: Apache-2.0 */
/* The clock: owns the real-time clock, if the board has one, and tells others the time. */
#include "cells/clock/rtc.h"
#include "cells/clock/time.h"
#include "cells/lib/call.h"
#include "cells/lib/clock.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"

static struct time the_time;
static const struct rtc_driver *driver; /* NULL: there is no device */
static rtc_registers *rtc;
static uint32_t rtc_irq;
static uint64_t served;

static struct bh_message answer(uint64_t operation)
{
    uint64_t ticks = counter_now();

    if (operation != CLOCK_NOW) {
        return (struct bh_message){{BH_BAD_ARG}};
    }
    if (driver != NULL) {
        time_read(&the_time, driver->seconds(rtc), ticks);
    } else {
        time_count(&the_time, ticks);
    }
    return (struct bh_message){
        {BH_OK, the_time.seconds, time_nanoseconds(&the_time, ticks), served++}};
}

/* The only interrupt: a second begins. */
static void accept_interrupt(void)
{
    uint64_t ticks = counter_now();

    if (driver->quiet(rtc)) {
        time_edge(&the_time, driver->seconds(rtc), ticks);
    }
    (void)bh_irq_ack(rtc_irq); /* the slot was checked when the cell started */
}

static enum bh_action handle(struct bh_message *m, const struct bh_received *r)
{
    if (r->event == BH_EVENT_MESSAGE) {
        *m = answer(m->w[0]);
        return BH_REPLY;
    }
    if (r->event == BH_EVENT_SIGNAL && driver != NULL) {
        accept_interrupt();
    }
    return server_refuse(m, r);
}

static void open_device(const struct start_info *start, const struct start_memory *memory)
{
    driver = rtc_find(start_value_or(start, "rtc-type", START_PL031));
    if (driver == NULL) {
        print("there is a clock of a kind that I cannot read; I count myself\n");
        return;
    }
    rtc_irq = start_need_cap(start, "rtc-irq", BH_IRQ);
    rtc = (rtc_registers *)(uintptr_t)memory->address;
    driver->open(rtc);
    (void)bh_irq_ack(rtc_irq); /* a driver that died may have left it active */
    time_read(&the_time, driver->seconds(rtc), counter_now());
}

/* What it is now, for people. */
static void announce(void)
{
    char text[TIME_TEXT];

    time_text(text, the_time.seconds);
    print("%s UTC%s\n", text, driver != NULL ? "" : " when the counter was 0: there is no device");
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "rtc");
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    the_time.frequency = counter_frequency();
    the_time.seconds = start_value_or(start, "epoch", 0);
    if (memory != NULL) {
        open_device(start, memory);
    }
    announce();
    for (;;) {
        struct bh_received r;

        action = bh_reply_wait(action, &m, &r) == BH_OK ? handle(&m, &r) : BH_WAIT_ONLY;
    }
}
