/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that a server lends to a client at run time: a capability comes with the answer, and the
 * client maps it.
 *
 * The server sends a child that it derived (cap_derive, bh_wait.send), READ or also WRITE, and
 * deletes that child to take the memory back from whoever has it by then. So no client can make a
 * server fault: a server does not touch memory of a client's, which may be gone between two
 * instructions. The client's `calls` needs `grants`. Guests borrow as native cells do. */
#pragma once

#include "cells/lib/call.h"

/* Make this call, with an empty slot for the memory that comes with the answer, and map it at
 * address, a multiple of 4 KiB where nothing is. least: bytes that it must have.
 * The call's status; NO_CAP if the answer brought no memory; BAD_ARG if that is too small or a
 * device; else as memory_map. Unless it is OK the slot is empty again. Deleting the slot's
 * capability gives the memory back. */
static inline enum bh_status borrow_memory(uint32_t endpoint, struct bh_message *m, uint32_t slot,
                                           uint64_t address, uint64_t least, uint64_t access)
{
    uint64_t info[4] = {0};
    bool received = false;
    enum bh_status status = bh_call_cap(endpoint, m, 0, slot, &received);

    if (!received) {
        return status == BH_OK ? BH_NO_CAP : status;
    }
    status = bh_memory_info(slot, info) == BH_OK ? BH_OK : BH_NO_CAP;
    if (status == BH_OK && (info[0] < least || info[1] == BH_DEVICE)) {
        status = BH_BAD_ARG;
    }
    if (status == BH_OK) {
        status = bh_memory_map(0, slot, address, access);
    }
    if (status != BH_OK) {
        (void)bh_cap_delete(0, slot);
    }
    return status;
}
