/* SPDX-License-Identifier: Apache-2.0 */
/* What a server answers when something comes that it did not ask for. */
#pragma once

#include "cells/lib/call.h"

/* A message is answered with BAD_CALL. A fault or exit comes from a thread whose handler a client
 * has made of its own capability to this server: that thread stays stopped. Either must be
 * answered, since a server that owes an answer cannot wait. */
SVC_INLINE enum bh_action server_refuse(struct bh_message *m, const struct bh_received *r)
{
    switch ((enum bh_event)r->event) {
    case BH_EVENT_MESSAGE:
        *m = (struct bh_message){{BH_BAD_CALL}};
        return BH_REPLY;
    case BH_EVENT_FAULT:
    case BH_EVENT_EXIT:
        return BH_STOP;
    case BH_EVENT_SIGNAL:
    case BH_EVENT_DEADLINE:
        break;
    }
    return BH_WAIT_ONLY;
}
