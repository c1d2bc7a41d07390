/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware that the guest sees: SMCCC 1.1 and PSCI 1.1 for a VM of one processor. */
#pragma once

#include <stdint.h>

/* What becomes of the guest after its call. */
enum psci_outcome {
    PSCI_RETURN,  /* it goes on with the results */
    PSCI_STANDBY, /* it goes on with the results at its next interrupt */
    PSCI_CPU_OFF, /* it has switched its only processor off */
    PSCI_OFF,     /* it has switched itself off */
    PSCI_RESET    /* it wants to start anew */
};

/* x: the guest's x0..x6; x0..x3 are replaced by the results. */
enum psci_outcome psci_call(uint64_t x[7]);
