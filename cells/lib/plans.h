/* SPDX-License-Identifier: Apache-2.0 */
/* Switching a core to another plan of windows: for cells with the property switches. */
#pragma once

#include <stddef.h>

#include "abi/plan.h"
#include "cells/lib/call.h"
#include "cells/lib/start.h"

/* To the plan that switches names so, when the frame that runs is over or at once. The warden does
 * it. NO_RIGHT if the name is not there; else as plan_start. */
static inline enum bh_status plans_switch(const struct start_info *start, const char *name,
                                          enum plan_switch_when when)
{
    const struct start_cap *door = start_find_cap(start, "plans");
    const struct start_value *plan = start_find_value(start, name);

    if (door == NULL || plan == NULL) {
        return BH_NO_RIGHT;
    }
    struct bh_message m = {{plan->value, when}};
    enum bh_status status = bh_call(door->slot, &m);
    return status == BH_OK ? (enum bh_status)m.w[0] : status;
}
