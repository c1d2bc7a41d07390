/* SPDX-License-Identifier: Apache-2.0 */
/* The counter of programs that are tested on the build machine: the test sets it. Stands in for
 * cells/lib/arch/sysreg.h. */
#pragma once

#include <stdint.h>

extern uint64_t fake_counter; /* ticks of 1 ns */

static inline uint64_t sysreg_cntpct(void)
{
    return fake_counter;
}

static inline uint64_t sysreg_cntfrq(void)
{
    return 1000000000;
}

static inline void cpu_pause(void) {}

__attribute__((noreturn)) static inline void cell_break(void)
{
    __builtin_trap();
}
