/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration lock: whoever holds it may change capabilities, objects, mappings and
 * bindings. First come, first served; never held across a preemption point. */
#pragma once

#include "kernel/arch/arch.h"

void lock_take(void);
void lock_release(void);

/* Another core waits for it: the holder stops at its next preemption point. */
bool lock_wanted(void);

/* A long operation should stop at its preemption point: for an interrupt, or for another core. */
static inline bool lock_pause(void)
{
    return arch_preempt_pending() || lock_wanted();
}
