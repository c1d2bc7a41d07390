/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts of devices of the board that the guest has itself.
 *
 * One that fires is made pending for the guest, and stays active on the board, so that it does not
 * come again, until the guest has ended it. Nobody tells the vmm when that is: it looks, soon at
 * first and then after twice as long each time. */
#pragma once

#include "abi/start.h"
#include "cells/vmm/gic.h"

#define PASSED_MAX 64 /* bits of a signal word */

struct passed_irq {
    uint64_t bits;      /* that arrive when it fires */
    uint32_t slot;      /* to acknowledge it */
    uint32_t interrupt; /* the guest's number of it, which is the board's */
    bool under_way;     /* it has fired, and the guest has not ended it */
};

struct passed {
    uint32_t count;
    struct passed_irq irqs[PASSED_MAX];
    uint64_t look_at; /* ticks; 0: nothing is under way */
    uint64_t delay;   /* from one look to the next */
};

/* The interrupts that the vmm was given. */
void passed_open(struct passed *passed, const struct start_info *start, const struct gic *gic);

/* These bits have come. */
void passed_fire(struct passed *passed, const struct gic *gic, uint64_t bits);

/* Time has passed: what the guest has ended may come again. */
void passed_wake(struct passed *passed, const struct gic *gic);
