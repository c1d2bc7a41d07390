/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's invariants, checked as a whole. */
#pragma once

#include "kernel/core/cpu.h"

/* Panics with the invariant that is broken, of all that can be reached from the core and the root
 * pool. Only in debug builds. */
void kernel_check(const struct cpu *cpu);

/* True if an exception from a native thread or a vCPU can have saved this SPSR; it may go back
 * as it is. */
bool psr_saved(bool vcpu, uint64_t psr);
