/* SPDX-License-Identifier: Apache-2.0 */
/* Client of echo: calls it, checks every word of every answer, and says so on the console. With a
 * channel it also sends entries through that and checks what comes back. */
#include "cells/lib/call.h"
#include "cells/lib/channel.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/status_name.h"
#include "cells/lib/string.h"

#define CALLS_DEFAULT 10
#define CHANNEL_ENTRIES \
    1000                 /* more than a ring of one page holds, so that it wraps and runs full */
#define PATIENCE_MS 2000 /* for the other end of the channel */

/* A different word for every call and position. */
static uint64_t pattern(uint64_t call, unsigned i)
{
    return (call * BH_MESSAGE_WORDS + i + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static void call_once(uint32_t echo, uint64_t n)
{
    struct bh_message m;
    enum bh_status status;

    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        m.w[i] = pattern(n, i);
    }
    status = bh_call(echo, &m);
    if (status != BH_OK) {
        print_stop("call %lu of echo failed: %s", (unsigned long)n, status_name(status));
    }
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        if (m.w[i] != pattern(n, BH_MESSAGE_WORDS - 1 - i)) {
            print_stop("word %u of answer %lu of echo is 0x%lx", i, (unsigned long)n,
                       (unsigned long)m.w[i]);
        }
    }
}

static void check_entry(const uint64_t words[BH_MESSAGE_WORDS], uint64_t n)
{
    for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
        if (words[i] != pattern(n, i)) {
            print_stop("entry %lu came back from the channel with 0x%lx in word %u",
                       (unsigned long)n, (unsigned long)words[i], i);
        }
    }
}

/* Send and receive as much as goes without waiting. */
static void pump(struct channel *channel, uint64_t *sent, uint64_t *received)
{
    uint64_t words[BH_MESSAGE_WORDS];

    for (;;) {
        for (unsigned i = 0; i < BH_MESSAGE_WORDS; i++) {
            words[i] = pattern(*sent, i);
        }
        if (*sent == CHANNEL_ENTRIES || channel_send(channel, words) != CHANNEL_OK) {
            break;
        }
        (*sent)++;
    }
    while (channel_receive(channel, words) == CHANNEL_OK) {
        check_entry(words, (*received)++);
    }
}

/* Wait for the other end's signal; stops this cell if none comes. */
static void wait_for_signal(uint64_t received)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    struct bh_wait wait = {.deadline = counter_after(PATIENCE_MS)};
    enum bh_status status = bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, wait);

    if (status != BH_OK || r.event != BH_EVENT_SIGNAL) {
        print_stop("the channel is silent after %lu entries", (unsigned long)received);
    }
}

static void use_channel(const struct start_info *start, const struct start_memory *memory)
{
    struct channel channel;
    uint32_t signal = start_need_cap(start, "channel", BH_SIGNAL);
    uint64_t sent = 0;
    uint64_t received = 0;

    if (!channel_attach(&channel, (void *)(uintptr_t)memory->address, memory->size,
                        (unsigned)start_need_value(start, "channel-side"))) {
        print_stop("the memory 'channel' is too small for a channel");
    }
    for (;;) {
        pump(&channel, &sent, &received);
        if (channel_wake_needed(&channel)) {
            (void)bh_signal_send(signal); /* DOWN: the other end will look when it starts */
        }
        if (received == CHANNEL_ENTRIES) {
            break;
        }
        wait_for_signal(received);
    }
    print("%lu entries went through the channel and back\n", (unsigned long)received);
}

void cell_main(const struct start_info *start)
{
    uint32_t echo = start_need_cap(start, "echo", BH_ENDPOINT);
    uint64_t calls = start_value_or(start, "calls", CALLS_DEFAULT);
    const struct start_memory *memory = start_find_memory(start, "channel");

    for (uint64_t n = 1; n <= calls; n++) {
        call_once(echo, n);
        if (n == 1 || n % 100 == 0 || n == calls) {
            print("%lu calls answered\n", (unsigned long)n);
        }
    }
    if (memory != NULL) {
        use_channel(start, memory);
    }
    print("done\n");
}
