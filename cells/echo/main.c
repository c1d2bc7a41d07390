/* SPDX-License-Identifier: Apache-2.0 */
/* Echo: answers every call with its eight words in reverse order, so that an answer cannot be taken
 * for the question; and sends back, unchanged, what comes through its channel, if it has one. */
#include "cells/lib/call.h"
#include "cells/lib/channel.h"
#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"

static struct channel echo_channel;
static uint32_t echo_signal; /* wakes the other end of the channel; 0: there is no channel */

static void open_channel(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "channel");

    if (memory == NULL) {
        return;
    }
    echo_signal = start_need_cap(start, "channel", BH_SIGNAL);
    if (!channel_attach(&echo_channel, (void *)(uintptr_t)memory->address, memory->size,
                        (unsigned)start_need_value(start, "channel-side"))) {
        print_stop("the memory 'channel' is too small for a channel");
    }
}

/* Send back what has come, as far as there is room. An entry leaves its ring only when it has been
 * copied into the other, so nothing is lost when the other end does not read. */
static void serve_channel(void)
{
    static uint8_t entry[CHANNEL_ENTRY];
    static bool held; /* entry has one that has not been sent yet */

    if (channel_update(&echo_channel) && channel_restarted(&echo_channel)) {
        held = false;
    }
    for (;;) {
        if (!held && channel_receive(&echo_channel, entry) != CHANNEL_OK) {
            break;
        }
        held = channel_send(&echo_channel, entry) != CHANNEL_OK;
        if (held) {
            break;
        }
    }
    if (channel_wake_needed(&echo_channel)) {
        (void)bh_signal_send(echo_signal); /* DOWN: the other end will look when it starts */
    }
}

static enum bh_action handle(struct bh_message *m, const struct bh_received *r)
{
    if (r->event == BH_EVENT_MESSAGE) {
        struct bh_message q = *m;

        *m = (struct bh_message){{q.w[7], q.w[6], q.w[5], q.w[4], q.w[3], q.w[2], q.w[1], q.w[0]}};
        return BH_REPLY;
    }
    if (r->event == BH_EVENT_SIGNAL && echo_signal != 0) {
        serve_channel();
    }
    return server_refuse(m, r);
}

void cell_main(const struct start_info *start)
{
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    open_channel(start);
    if (echo_signal != 0) {
        serve_channel(); /* tells the other end, if it is there already */
    }
    for (;;) {
        struct bh_received r;

        action = bh_reply_wait(action, &m, &r) == BH_OK ? handle(&m, &r) : BH_WAIT_ONLY;
    }
}
