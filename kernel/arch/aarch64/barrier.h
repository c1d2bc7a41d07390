/* SPDX-License-Identifier: Apache-2.0 */
/* Barriers and cache, TLB and wait instructions, one inline function each. */
#pragma once

#include "kernel/lib/types.h"

#define BARRIER(name, instruction)                  \
    static ALWAYS_INLINE void name(void)            \
    {                                               \
        __asm__ volatile(instruction ::: "memory"); \
    }

/* An instruction with one register operand. */
#define OPERATION(name, instruction)                                    \
    static ALWAYS_INLINE void name(uint64_t operand)                    \
    {                                                                   \
        __asm__ volatile(instruction ", %0" ::"r"(operand) : "memory"); \
    }

BARRIER(isb, "isb")
BARRIER(dsb_sy, "dsb sy")
BARRIER(dsb_ish, "dsb ish")
BARRIER(dsb_ishst, "dsb ishst")
BARRIER(dsb_nsh, "dsb nsh")
BARRIER(cpu_relax, "yield")
BARRIER(cpu_wait, "wfi")

/* TLB maintenance (Arm ARM D8.13); the EL1&0 ones act on the VMID in VTTBR_EL2. */
BARRIER(tlbi_vmalle1, "tlbi vmalle1")
BARRIER(tlbi_vmalle1is, "tlbi vmalle1is")
BARRIER(tlbi_vmalls12e1is, "tlbi vmalls12e1is")
OPERATION(tlbi_ipas2e1is, "tlbi ipas2e1is")
OPERATION(tlbi_vae2, "tlbi vae2")

/* Cache maintenance (Arm ARM D7.5). */
BARRIER(ic_iallu, "ic iallu")
BARRIER(ic_ialluis, "ic ialluis")
OPERATION(dc_civac, "dc civac")
OPERATION(dc_zva, "dc zva")
OPERATION(dc_cisw, "dc cisw")

/* Stage 1 translation as EL1 would do it for a read; the result is in PAR_EL1. */
OPERATION(at_s1e1r, "at s1e1r")

#undef BARRIER
#undef OPERATION

/* index if it is below limit, else 0. The conditional select cannot be predicted, and csdb keeps
 * later loads from using a guess of its result (Arm ARM B2.3.9). */
static ALWAYS_INLINE uint64_t index_nospec(uint64_t index, uint64_t limit)
{
    uint64_t safe;
    __asm__ volatile("cmp %1, %2\n\tcsel %0, %1, xzr, lo\n\tcsdb"
                     : "=r"(safe)
                     : "r"(index), "r"(limit)
                     : "cc");
    return safe;
}
