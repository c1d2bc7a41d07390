/* SPDX-License-Identifier: Apache-2.0 */
/* When memory that other cores may still look at can be used anew. */
#pragma once

#include "kernel/core/cpu.h"

/* With the configuration lock, after the last name of something was taken away: the number of the
 * epoch after which no core can be using it any more. */
uint32_t epoch_after(void);

/* With the lock: is it over? If not, *where has not passed yet: whoever waits goes there. */
bool epoch_over(uint32_t epoch, struct cpu **where);

/* This core is at a point where it uses nothing that it found before. */
void epoch_pass(struct cpu *cpu);
