/* SPDX-License-Identifier: Apache-2.0 */
/* The client of breaker.c: calls it ten times a second and sends it entries, checks what comes
 * back, and says when the breaker has been started again and serves it as before. */
#include "cells/lib/call.h"
#include "cells/lib/channel.h"
#include "cells/lib/counter.h"
#include "cells/lib/print.h"
#include "cells/lib/start.h"
#include "cells/lib/string.h"

#define PERIOD_MS 100

static struct channel work;
static uint32_t work_signal;
static uint64_t sent,
    echoed;       /* entries: the number of the last one, and of the last that came back */
static bool said; /* that the channel is broken */

static void pause(void)
{
    struct bh_wait wait = {.deadline = counter_after(PERIOD_MS)};
    struct bh_received r;

    do {
        struct bh_message m = {{0}};

        (void)bh_reply_wait_with(BH_WAIT_ONLY, &m, &r, wait);
    } while (r.event == BH_EVENT_SIGNAL);
}

/* One entry there and, in the next round, back. */
static void use_channel(void)
{
    uint64_t entry[CHANNEL_ENTRY / sizeof(uint64_t)] = {0};
    enum channel_status status = channel_receive(&work, entry);

    if (status == CHANNEL_BROKEN && !said) {
        print("garbage in the channel, not believed\n");
        said = true;
    } else if (status == CHANNEL_OK && entry[0] == sent && entry[7] == ~sent) {
        echoed = sent;
        said = false;
    }
    memset(entry, 0, sizeof(entry));
    entry[0] = ++sent;
    entry[7] = ~sent;
    (void)channel_send(&work, entry);
    if (channel_wake_needed(&work)) {
        (void)bh_signal_send(work_signal);
    }
}

void cell_main(const struct start_info *start)
{
    const struct start_memory *memory = start_find_memory(start, "work");
    uint32_t breaker = start_need_cap(start, "breaker", BH_ENDPOINT);
    uint64_t before = 0, start_count = 0, start_echoed = 0;
    bool news = false; /* it has started, and not every service was seen to work since */

    work_signal = start_need_cap(start, "work", BH_SIGNAL);
    (void)channel_attach(&work, (void *)(uintptr_t)memory->address, memory->size,
                         (unsigned)start_need_value(start, "work-side"));
    for (uint64_t n = 1;; n++) {
        struct bh_message m = {{n}};

        if (bh_call(breaker, &m) == BH_OK) {
            if (m.w[0] != n + 1) {
                print_stop("WRONG answer %lu to call %lu", (unsigned long)m.w[0], (unsigned long)n);
            }
            if (m.w[1] <= before || before == 0) {
                start_count++;
                start_echoed = sent;
                news = true;
            }
            before = m.w[1];
        }
        use_channel();
        if (news && echoed > start_echoed) {
            print("start %lu of the breaker: calls and channel work\n", (unsigned long)start_count);
            news = false;
        }
        pause();
    }
}
