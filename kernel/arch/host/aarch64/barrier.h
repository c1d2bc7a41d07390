/* SPDX-License-Identifier: Apache-2.0 */
/* Stands for kernel/arch/aarch64/barrier.h where that machine's code runs on the fake one. */
#pragma once

#include "kernel/arch/host/maintenance.h"

#define BARRIER(name, kind)              \
    static ALWAYS_INLINE void name(void) \
    {                                    \
        host_barrier(kind);              \
    }
#define TLBI(name, kind)                 \
    static ALWAYS_INLINE void name(void) \
    {                                    \
        host_tlbi(kind, 0);              \
    }
#define OPERATION(name, function, kind)              \
    static ALWAYS_INLINE void name(uint64_t operand) \
    {                                                \
        function(kind, operand);                     \
    }

BARRIER(isb, BARRIER_ISB)
BARRIER(dsb_sy, BARRIER_SYSTEM)
BARRIER(dsb_ish, BARRIER_SHARED)
BARRIER(dsb_ishst, BARRIER_STORES)
BARRIER(dsb_nsh, BARRIER_LOCAL)

TLBI(tlbi_vmalle1, TLBI_STAGE1_LOCAL)
TLBI(tlbi_vmalle1is, TLBI_STAGE1)
TLBI(tlbi_vmalls12e1is, TLBI_VMID)
OPERATION(tlbi_ipas2e1is, host_tlbi, TLBI_ADDRESS)
OPERATION(tlbi_vae2, host_tlbi, TLBI_KERNEL)

OPERATION(dc_civac, host_dc, DC_CLEAN)
OPERATION(dc_zva, host_dc, DC_ZERO)

static ALWAYS_INLINE void ic_iallu(void)
{
    host_ic(false);
}

static ALWAYS_INLINE void ic_ialluis(void)
{
    host_ic(true);
}

static ALWAYS_INLINE uint64_t index_nospec(uint64_t index, uint64_t limit)
{
    return index < limit ? index : 0;
}

#undef BARRIER
#undef TLBI
#undef OPERATION
