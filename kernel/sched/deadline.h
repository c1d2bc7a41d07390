/* SPDX-License-Identifier: Apache-2.0 */
/* The deadlines of a core's threads, and the kernel timer that serves them. */
#pragma once

#include "kernel/core/cpu.h"

/* Give a thread another deadline; 0: none. That of the last wait stays set when something else ends
 * that wait: whoever waits with the same one again, as a vmm does at every exit, does so at no
 * cost. */
void deadline_set(struct thread *thread, uint64_t when);

/* Set the kernel timer to the soonest of deadline, refill and end of what is counted. */
void deadline_arm(struct cpu *cpu);
