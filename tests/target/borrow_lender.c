/* SPDX-License-Identifier: Apache-2.0 */
/* The server of borrow.dts: lends its frame to who asks, writes into it, takes it back. */
#include "tests/target/borrow.h"

#include "cells/lib/print.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"

#define FRAME_AT UINT64_C(0x20000000)

static uint32_t frame, lent, other;

/* What comes with the answer; 0: nothing. Who has the frame loses it. */
static uint64_t lend(uint64_t what)
{
    uint64_t rights = what == LEND_READ ? BH_MEMORY_READ : BH_MEMORY_READ | BH_MEMORY_WRITE;

    if (what == LEND_SIGNAL) {
        return other;
    }
    (void)bh_cap_delete(0, lent);
    return bh_cap_derive(frame, 0, lent, rights, 0) == BH_OK ? lent : 0;
}

void cell_main(const struct start_info *start)
{
    volatile uint64_t *words = (volatile uint64_t *)FRAME_AT;
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_wait wait = {0};
    struct bh_message m = {{0}};

    frame = start_need_cap(start, "frame", BH_MEMORY);
    other = start_need_cap(start, "other", BH_SIGNAL);
    lent = (uint32_t)start_need_value(start, "slot-first");
    if (bh_memory_map(0, frame, FRAME_AT, BH_MAP_READ | BH_MAP_WRITE) != BH_OK) {
        print_stop("its frame cannot be mapped");
    }
    for (;;) {
        struct bh_received r;
        enum bh_status status = bh_reply_wait_with(action, &m, &r, wait);

        wait.send = 0;
        action = BH_WAIT_ONLY;
        if (status != BH_OK) {
            continue;
        }
        if (r.event != BH_EVENT_MESSAGE) {
            action = server_refuse(&m, &r);
            continue;
        }
        action = BH_REPLY;
        if (m.w[0] == LEND_WRITE_WORD) {
            words[0] = m.w[1];
        } else if (m.w[0] == LEND_END) {
            m.w[0] = bh_cap_delete(0, lent);
        } else if (m.w[0] != LEND_NOTHING) {
            wait.send = lend(m.w[0]);
        }
        m.w[1] = words[1];
    }
}
