/* SPDX-License-Identifier: Apache-2.0 */
/* The only builder of SPSR_EL2 values that enter a thread or vCPU (Arm ARM C5.2.19). */
#pragma once

#include "kernel/lib/types.h"

#define PSR_MODE    UINT64_C(0x1f)
#define PSR_EL0T    UINT64_C(0x0)
#define PSR_EL1T    UINT64_C(0x4)
#define PSR_EL1H    UINT64_C(0x5)
#define PSR_EL2H    UINT64_C(0x9)
#define PSR_AARCH32 UINT64_C(0x10)
#define PSR_DAIF    (UINT64_C(0xf) << 6)
#define PSR_BTYPE   (UINT64_C(3) << 10)
#define PSR_SSBS    (UINT64_C(1) << 12)
#define PSR_IL      (UINT64_C(1) << 20)
#define PSR_SS      (UINT64_C(1) << 21)
#define PSR_PAN     (UINT64_C(1) << 22)
#define PSR_UAO     (UINT64_C(1) << 23)
#define PSR_DIT     (UINT64_C(1) << 24)
#define PSR_TCO     (UINT64_C(1) << 25)
#define PSR_NZCV    (UINT64_C(0xf) << 28)

/* What of a wanted SPSR a native thread or a vCPU may have (DESIGN rule 24). A mode that is not
 * allowed becomes EL0t for a native thread and EL1h for a vCPU. */
uint64_t psr_build(bool vcpu, uint64_t wanted);
