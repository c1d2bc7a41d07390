/* SPDX-License-Identifier: Apache-2.0 */
/* Release builds do not check the register table; exits do not even call it. */
#include "kernel/arch/arch.h"

void arch_check(const struct cpu *cpu, const struct thread *to)
{
    (void)cpu;
    (void)to;
}
