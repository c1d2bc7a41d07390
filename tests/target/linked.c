/* SPDX-License-Identifier: Apache-2.0 */
/* The native partner of guests/linked: adds, answers a signal by a signal, and an entry by an
 * entry. */
#include "cells/lib/call.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"

static uint32_t *words(const struct start_info *start, const char *name)
{
    return (uint32_t *)(uintptr_t)start_need_memory(start, name, BH_MAP_READ | BH_MAP_WRITE)
        ->address;
}

void cell_main(const struct start_info *start)
{
    volatile uint32_t *facts = words(start, "facts");
    volatile uint32_t *pipe = words(start, "pipe");
    uint32_t back = start_need_cap(start, "back", BH_SIGNAL);
    uint32_t other = start_need_cap(start, "pipe", BH_SIGNAL);
    uint64_t go = start_need_value(start, "go");
    enum bh_action action = BH_WAIT_ONLY;
    struct bh_message m = {{0}};

    facts[0] = 0xfac75;
    for (;;) {
        struct bh_received r;
        enum bh_status status = bh_reply_wait(action, &m, &r);

        action = BH_WAIT_ONLY;
        if (status != BH_OK) {
            continue;
        }
        if (r.event == BH_EVENT_MESSAGE) {
            m = (struct bh_message){{m.w[0] + m.w[1], r.badge}};
            action = BH_REPLY;
        } else if (r.event == BH_EVENT_SIGNAL && (m.w[0] & go) != 0) {
            (void)bh_signal_send(back);
        } else if (r.event == BH_EVENT_SIGNAL) {
            pipe[1] = pipe[0] + 1;
            (void)bh_signal_send(other);
        }
    }
}
