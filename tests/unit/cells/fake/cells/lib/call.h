/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel calls of programs that are tested on the build machine: the test answers them. Stands in
 * for cells/lib/call.h. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"

#define SVC_INLINE static inline

struct bh_message {
    uint64_t w[BH_MESSAGE_WORDS];
};

struct bh_received {
    uint64_t badge;
    uint64_t event;
    uint64_t cap;
};

struct bh_wait {
    uint64_t send;
    uint64_t slot;
    uint64_t deadline;
};

enum bh_status bh_call(uint32_t endpoint, struct bh_message *m);
enum bh_status bh_reply_wait_with(enum bh_action action, struct bh_message *m,
                                  struct bh_received *r, struct bh_wait wait);
enum bh_status bh_signal_send(uint32_t signal);
enum bh_status bh_thread_budget(uint32_t thread, uint64_t budget);

static inline enum bh_status bh_reply_wait(enum bh_action action, struct bh_message *m,
                                           struct bh_received *r)
{
    return bh_reply_wait_with(action, m, r, (struct bh_wait){0, 0, 0});
}
