/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which SPSR bits each kind of thread may have (Arm ARM C5.2.19, SPSR_EL2). */
#include "kernel/core/psr.h"

#define PSR_MODE         UINT64_C(0x1f)
#define PSR_EL0T         UINT64_C(0x0)
#define PSR_EL1T         UINT64_C(0x4)
#define PSR_EL1H         UINT64_C(0x5)
#define PSR_AARCH32_USER UINT64_C(0x10)
#define PSR_DAIF         (UINT64_C(0xf) << 6)
#define PSR_BTYPE        (UINT64_C(3) << 10)
#define PSR_SSBS         (UINT64_C(1) << 12)
#define PSR_IL           (UINT64_C(1) << 20)
#define PSR_SS           (UINT64_C(1) << 21)
#define PSR_PAN          (UINT64_C(1) << 22)
#define PSR_UAO          (UINT64_C(1) << 23)
#define PSR_DIT          (UINT64_C(1) << 24)
#define PSR_TCO          (UINT64_C(1) << 25)
#define PSR_NZCV         (UINT64_C(0xf) << 28)

/* Indexed by vCPU or not. */
static const uint64_t allowed[2] = {
    PSR_NZCV,
    PSR_NZCV | PSR_DAIF | PSR_BTYPE | PSR_SSBS | PSR_SS | PSR_PAN | PSR_UAO | PSR_DIT | PSR_TCO,
};

uint64_t psr_build(bool vcpu, uint64_t wanted)
{
    uint64_t mode = wanted & PSR_MODE;
    if (!vcpu) {
        mode = PSR_EL0T;
    } else if (mode != PSR_EL0T && mode != PSR_EL1T) {
        mode = PSR_EL1H;
    }
    return mode | (wanted & allowed[vcpu]);
}

/* What a thread can set itself, without the kernel: EL0 has instructions for SSBS, DIT and TCO, an
 * indirect branch sets BTYPE, an illegal exception return of EL1 sets IL. */
static const uint64_t reached[2] = {
    PSR_NZCV | PSR_BTYPE | PSR_SSBS | PSR_DIT | PSR_TCO,
    PSR_NZCV | PSR_DAIF | PSR_BTYPE | PSR_SSBS | PSR_IL | PSR_SS | PSR_PAN | PSR_UAO | PSR_DIT |
        PSR_TCO,
};

bool psr_saved(bool vcpu, uint64_t psr)
{
    uint64_t mode = psr & PSR_MODE;
    if (vcpu && mode == PSR_AARCH32_USER) {
        return true; /* it was stopped for that, and is again if it is let go on */
    }
    bool known = mode == PSR_EL0T || (vcpu && (mode == PSR_EL1T || mode == PSR_EL1H));
    return known && (psr & ~(PSR_MODE | reached[vcpu])) == 0;
}
