/* SPDX-License-Identifier: Apache-2.0 */
/* Release builds check nothing here. */
#include "kernel/core/check.h"

void kernel_check(const struct cpu *cpu)
{
    (void)cpu;
}
