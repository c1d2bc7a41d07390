/* SPDX-License-Identifier: Apache-2.0 */
/* Where a core is in its plan. */
#pragma once

#include "kernel/lib/types.h"

struct core;

struct plan_state {
    const struct core *core; /* its slots; NULL: there never was a plan */
    uint64_t boundary;       /* when this window ends; 0: never */
    uint32_t closed;         /* groups that are not admitted now */
    uint8_t window;          /* of the plan in slot number active */
    uint8_t active;
    uint8_t always; /* TIMED_PLAN, once there was a plan or a group: no switch is plain */
    uint64_t turns; /* places that were given among budgets of one priority */
    uint8_t change; /* at the end of the frame the other slot's plan comes */
};
