/* SPDX-License-Identifier: Apache-2.0 */
/* The clock: owns the real-time clock, if the board has one, and tells others the time. */
#include "cells/clock/pl031.h"
#include "cells/clock/time.h"
#include "cells/lib/call.h"
#include "cells/lib/clock.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"

static struct time the_time;
static pl031_registers *rtc; /* NULL: there is none */
static uint32_t rtc_irq;
static uint64_t served;

static struct bh_message answer(uint64_t operation)
{
    uint64_t ticks = counter_now();

    if (operation != CLOCK_NOW) {
        return (struct bh_message){{BH_BAD_ARG}};
    }
    if (rtc != NULL) {
        time_read(&the_time, pl031_seconds(rtc), ticks);
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

    if (pl031_quiet(rtc)) {
        time_edge(&the_time, pl031_seconds(rtc), ticks);
    }
    (void)bh_irq_ack(rtc_irq); /* the slot was checked when the cell started */
}

static enum bh_action handle(struct bh_message *m, const struct bh_received *r)
{
    if (r->event == BH_EVENT_MESSAGE) {
        *m = answer(m->w[0]);
        return BH_REPLY;
    }
    if (r->event == BH_EVENT_SIGNAL && rtc != NULL) {
        accept_interrupt();
    }
    return server_refuse(m, r);
}

static void open_device(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "rtc");
    char text[TIME_TEXT];

    the_time.frequency = counter_frequency();
    the_time.seconds = start_value_or(start, "epoch", 0);
    if (memory != NULL) {
        rtc_irq = start_need_cap(start, "rtc-irq", BH_IRQ);
        rtc = (pl031_registers *)(uintptr_t)memory->address;
        pl031_open(rtc);
        (void)bh_irq_ack(rtc_irq); /* a driver that died may have left it active */
        time_read(&the_time, pl031_seconds(rtc), counter_now());
    }
    time_text(text, the_time.seconds);
    print("%s UTC%s\n", text, rtc != NULL ? "" : " when the machine started, as far as I know");
}

void cell_main(const struct start_info *start)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    open_device(start);
    for (;;) {
        struct bh_received r;

        action = bh_reply_wait(action, &m, &r) == BH_OK ? handle(&m, &r) : BH_WAIT_ONLY;
    }
}
