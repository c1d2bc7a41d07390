/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration lock: whoever holds it may change capabilities, objects, mappings and
 * bindings. First come, first served; never held across a preemption point. */
#pragma once

#include "kernel/lib/types.h"

void lock_take(void);
void lock_release(void);

/* Another core waits for it. */
bool lock_wanted(void);

/* If so, it has its turn now, and the holder is counted among the users of what has to stay. All
 * else may have changed then: the entry has done its share, LOCK_PASSED. */
void lock_pass(uint8_t *users);
#define LOCK_PASSED(cpu) ((cpu)->work >= ARCH_ENTRY_WORK)

/* A long operation should stop at its preemption point: for an interrupt, for another core, for
 * what is left to be done without the lock, or because the entry has done its share. work: of the
 * step that was just done, in instructions. */
bool lock_pause(uint32_t work);
