/* SPDX-License-Identifier: Apache-2.0 */
/* What boot code of kernel and machine says, and how a core begins. */
#pragma once

#include "kernel/core/cpu.h"

/* Stop with a sentence unless condition holds. */
void boot_require(bool condition, const char *fact, const char *cure);

/* One rung of the boot ladder; docs/porting.md says what to check if it was the last. 1..5 belong
 * to the machine, 6..9 to kernel_start. */
void boot_step(unsigned number, const char *text);

/* A core that runs nothing yet; its id is set. */
void cpu_init(struct cpu *cpu);
