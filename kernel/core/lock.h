/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration lock: whoever holds it may change capabilities, objects, mappings and
 * bindings. First come, first served; never held across a preemption point. */
#pragma once

#include "kernel/lib/types.h"

void lock_take(void);
void lock_release(void);

/* Another core waits for it: the holder stops at its next preemption point. */
bool lock_wanted(void);

/* A long operation should stop at its preemption point: for an interrupt, for another core, for
 * what is left to be done without the lock, or because the entry has done its share. work: of the
 * step that was just done, in instructions. */
bool lock_pause(uint32_t work);
