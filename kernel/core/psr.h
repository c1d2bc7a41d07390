/* SPDX-License-Identifier: Apache-2.0 */
/* The only builder of SPSR_EL2 values that enter a thread or vCPU. */
#pragma once

#include "kernel/lib/types.h"

/* What of a wanted SPSR a native thread or a vCPU may have (DESIGN rule 24). A mode that is not
 * allowed becomes EL0t for a native thread and EL1h for a vCPU. */
uint64_t psr_build(bool vcpu, uint64_t wanted);

/* True if an exception from a native thread or a vCPU can have saved this SPSR; it may go back
 * as it is. */
bool psr_saved(bool vcpu, uint64_t psr);
