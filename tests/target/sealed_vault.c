/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed cell of sealed.dts: keeps a key, answers whether a guess is right, and faults when it
 * is asked to. */
#include "cells/lib/call.h"
#include "cells/lib/server.h"
#include "cells/lib/start.h"

#define FAULT 0

static uint64_t key[2];

void cell_main(const struct start_info *start)
{
    struct bh_message m = {{0}};
    struct bh_received r = {0};
    enum bh_action action = BH_WAIT_ONLY;

    key[0] = start_need_value(start, "key");
    for (;;) {
        (void)bh_reply_wait(action, &m, &r);
        if (r.event != BH_EVENT_MESSAGE) {
            action = server_refuse(&m, &r);
            continue;
        }
        if (m.w[0] == FAULT) {
            __asm__ volatile("mov x1, %0\n\tmov x30, %0\n\tldr x0, [%0]" ::"r"(key[0])
                             : "x0", "x1", "x30");
        }
        m = (struct bh_message){{m.w[0] == key[0]}};
        action = BH_REPLY;
    }
}
