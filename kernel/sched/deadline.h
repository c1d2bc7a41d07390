/* SPDX-License-Identifier: Apache-2.0 */
/* The deadlines of a core's threads, and the kernel timer that serves them. */
#pragma once

#include "kernel/core/cpu.h"

#define DEADLINE_STEP 4 /* expired deadlines served in one kernel entry */

/* Enter a thread with its deadline set; one step per thread of this core with an earlier one. */
void deadline_insert(struct thread *thread);

/* Take a thread's deadline away, if it has one. */
void deadline_remove(struct thread *thread);

/* Set the kernel timer to the soonest of deadline and slice end. */
void deadline_arm(struct cpu *cpu);
