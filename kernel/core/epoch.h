/* SPDX-License-Identifier: Apache-2.0 */
/* When memory that other cores may still look at can be used anew. */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/lib/status.h"

/* With the configuration lock, after the last name of something was taken away: the number of the
 * epoch after which no core can be using it any more. */
uint64_t epoch_after(void);

/* With the lock. MOVE: it is not over; where, of this core, has not passed yet. */
status epoch_over(uint64_t wanted);

/* This core is at a point where it uses nothing that it found before. */
void epoch_pass(struct cpu *cpu);
