/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which SPSR bits each kind of thread may have (Arm ARM C5.2.19, SPSR_EL2). */
#include "kernel/core/psr.h"

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
