/* SPDX-License-Identifier: Apache-2.0 */
/* The service clock, as its clients see it; and statistics for the cell jitter. */
#include "cells/lib/clock.h"

#include "cells/lib/channel.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/statistics.h"
#include "cells/lib/string.h"

#define READINGS 1000
#define SOON     UINT64_C(1577836800) /* 2020: the board's clock is set */

static void judge(const char *what, bool passed)
{
    print("%s %s\n", passed ? "PASS" : "FAIL", what);
}

static void sleep_ms(uint64_t milliseconds)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    struct bh_wait wait = {.deadline = counter_after(milliseconds)};

    do {
        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, wait);
    } while (counter_now() < wait.deadline);
}

static uint64_t nanoseconds(const struct clock_now *now)
{
    return now->seconds * UINT64_C(1000000000) + now->nanoseconds;
}

static void never_backwards(uint32_t clock)
{
    struct clock_now before, now;
    bool passed = clock_ask(clock, &before) == BH_OK;

    for (unsigned i = 0; i < READINGS; i++) {
        passed &= clock_ask(clock, &now) == BH_OK && nanoseconds(&now) >= nanoseconds(&before) &&
                  now.nanoseconds < 1000000000 && now.served > before.served;
        before = now;
    }
    judge("the clock never runs backwards, and counts its calls", passed);
}

/* The device counts the host's seconds, the counter the emulator's: only what both must show. */
static void goes_on(uint32_t clock, const char *what, uint64_t least)
{
    struct clock_now before, now;
    bool passed = clock_ask(clock, &before) == BH_OK && before.seconds >= least;

    do {
        sleep_ms(100);
        passed &= clock_ask(clock, &now) == BH_OK;
    } while (passed && now.seconds == before.seconds);
    judge(what, passed && now.seconds > before.seconds);
}

static void refuses(uint32_t clock)
{
    struct bh_message m = {{99}};

    judge("an unknown operation is refused",
          bh_call(clock, &m) == BH_OK && m.w[0] == BH_BAD_ARG && m.w[1] == 0);
}

/* Garbage, then statistics of two seconds. */
static void feed_jitter(const struct start_info *start)
{
    const struct start_memory *memory =
        start_need_memory(start, "stats", BH_MAP_READ | BH_MAP_WRITE);
    struct statistics s = {1, 2, 3, 4, 5, 6, 7, 8};
    struct channel channel;

    (void)channel_attach(&channel, (void *)(uintptr_t)memory->address, memory->size,
                         (unsigned)start_need_value(start, "stats-side"));
    while (channel_send(&channel, &s) != CHANNEL_OK) {
        (void)bh_signal_send(start_need_cap(start, "stats", BH_SIGNAL));
        sleep_ms(1);
    }
    for (uint64_t i = 0; i < 15; i++) {
        s = (struct statistics){STATISTICS_MAGIC, i, 1000000, 100 + i * 100, 0, 10, 20, 30};
        (void)channel_send(&channel, &s);
    }
    (void)bh_signal_send(start_need_cap(start, "stats", BH_SIGNAL));
    sleep_ms(1); /* its lines come before the end */
}

void cell_main(const struct start_info *start)
{
    uint32_t clock = start_need_cap(start, "clock", BH_ENDPOINT);
    uint32_t counted = start_need_cap(start, "counted", BH_ENDPOINT);

    goes_on(clock, "the board's clock is set, and goes on", SOON);
    goes_on(counted, "so does a clock without a device, from its epoch", 1000);
    never_backwards(clock);
    never_backwards(counted);
    refuses(clock);
    feed_jitter(start);
    print("DONE\n");
}
