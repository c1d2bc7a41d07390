/* SPDX-License-Identifier: Apache-2.0 */
/* The page in which a core's plan is written (plan_start): pool memory that the kernel reads and
 * writes, too. */
#pragma once

#include <assert.h>
#include <stdint.h>

/* Its windows follow one another without a gap and then begin
 * anew; their sum is the frame. A window is open to the budgets of some groups (budget_group);
 * order is window, budget, priority, FIFO. */
struct bh_window {
    uint32_t length; /* ticks; as long as BH_WINDOW_LEAST if it is less */
    uint32_t open;   /* a bit for each group; bit 0: budgets without a group */
    uint32_t late;   /* from the kernel: the most ticks that the core went on behind its end */
    uint32_t turns;  /* from the kernel: how often it began */
};
#define BH_PLAN_WINDOWS 255 /* of a plan, at most */
#define BH_PLAN_GROUPS  32
#define BH_WINDOW_LEAST 500 /* ticks: the core gets something done between two turns */
struct bh_plan {
    uint32_t count; /* windows; 0: one */
    uint32_t reserved[3];
    struct bh_window windows[BH_PLAN_WINDOWS];
};
static_assert(sizeof(struct bh_window) == 16 && sizeof(struct bh_plan) == 4096, "one page");
