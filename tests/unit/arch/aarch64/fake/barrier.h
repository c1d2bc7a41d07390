/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for kernel/arch/aarch64/barrier.h: each instruction is noted by core.c. */
#pragma once

#include "kernel/lib/types.h"
#include "tests/unit/arch/aarch64/core.h"

#define INSTRUCTION(name)                \
    static ALWAYS_INLINE void name(void) \
    {                                    \
        core_instruction(#name, 0);      \
    }
#define OPERATION(name)                              \
    static ALWAYS_INLINE void name(uint64_t operand) \
    {                                                \
        core_instruction(#name, operand);            \
    }

INSTRUCTION(isb)
INSTRUCTION(dsb_sy)
INSTRUCTION(dsb_ish)
INSTRUCTION(dsb_ishst)
INSTRUCTION(dsb_nsh)
INSTRUCTION(cpu_relax)
INSTRUCTION(cpu_wait)
INSTRUCTION(tlbi_vmalle1)
INSTRUCTION(tlbi_vmalle1is)
INSTRUCTION(ic_iallu)
OPERATION(at_s1e1r)
OPERATION(tlbi_vae2)
OPERATION(dc_zva)
OPERATION(dc_civac)

static ALWAYS_INLINE uint64_t index_nospec(uint64_t index, uint64_t limit)
{
    return index < limit ? index : 0;
}

#undef INSTRUCTION
#undef OPERATION
