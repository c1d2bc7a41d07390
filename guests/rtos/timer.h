/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines on the one alarm of the processor: no tick, the next deadline is the next interrupt. */
#pragma once

#include <stdint.h>

#include "guests/rtos/list.h"

struct timer {
    struct link link; /* in the order of deadlines; in no list if it is not running */
    uint64_t deadline;
    /* Called from the interrupt. entry: the counter at the vector's first instructions, or the
     * deadline if that passed while the handler was already at work. */
    void (*expire)(struct timer *timer, uint64_t entry);
};

void timer_open(void);
void timer_prepare(struct timer *timer, void (*expire)(struct timer *timer, uint64_t entry));

/* Locked. Starting a running timer moves it; stopping one that does not run does nothing. */
void timer_start(struct timer *timer, uint64_t deadline);
void timer_stop(struct timer *timer);

/* The alarm's interrupt. */
void timer_interrupt(uint64_t entry);
