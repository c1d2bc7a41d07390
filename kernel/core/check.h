/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's invariants, checked as a whole. */
#pragma once

#include "kernel/core/cpu.h"

/* Panics with the invariant that is broken. Debug builds (check.c) look at everything that can be
 * reached from the core and the root pool; release builds (check_none.c) do nothing. */
void kernel_check(const struct cpu *cpu);
