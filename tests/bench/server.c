/* SPDX-License-Identifier: Apache-2.0 */
/* The server of the bench: sends every message back as it came. */
#include "cells/lib/call.h"
#include "cells/lib/start.h"
#include "tests/bench/mark.h"

void cell_main(const struct start_info *start)
{
    struct bh_message m = {{0}};
    struct bh_received r;
    enum bh_action action = BH_WAIT_ONLY;

    (void)start;
    for (;;) {
        MARK_BEGINS(MARK_REPLY_WAIT);
        (void)bh_reply_wait(action, &m, &r); /* no caller is ever lost here */
        MARK_ENDS(MARK_CALL);
        action = BH_REPLY;
    }
}
