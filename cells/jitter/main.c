/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what a real-time guest says about its timing. */
#include "cells/jitter/report.h"
#include "cells/lib/call.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"

static struct channel channel;
static uint32_t signal;
static struct report report;

/* Take a ring of entries at most: the guest may send faster. True if there may be more. */
static bool take(void)
{
    struct statistics entry;
    char text[REPORT_TEXT];
    enum channel_status status = CHANNEL_OK;

    for (uint32_t i = 0; i < channel.length && status == CHANNEL_OK; i++) {
        size_t size = 0;

        status = channel_receive(&channel, &entry);
        if (channel_restarted(&channel)) {
            report_restart(&report);
        }
        if (status == CHANNEL_OK) {
            size = report_take(&report, &entry, text);
        }
        if (size > 0) {
            (void)print_text(text, size);
        }
    }
    if (channel_wake_needed(&channel)) {
        (void)bh_signal_send(signal); /* DOWN: the guest will look when it starts */
    }
    return status == CHANNEL_OK;
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory =
        start_need_memory(start, "stats", BH_MAP_READ | BH_MAP_WRITE);
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    signal = start_need_cap(start, "stats", BH_SIGNAL);
    if (!channel_attach(&channel, (void *)(uintptr_t)memory->address, memory->size,
                        (unsigned)start_need_value(start, "stats-side"))) {
        print_stop("the memory 'stats' is too small for a channel");
    }
    for (;;) {
        struct bh_received r;

        struct bh_wait wait = {.deadline = take() ? 1 : 0}; /* 1: has passed, at once again */
        enum bh_status status = bh_reply_wait_with(action, &m, &r, wait);

        action = status == BH_OK ? server_refuse(&m, &r) : BH_WAIT_ONLY;
    }
}
