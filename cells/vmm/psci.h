/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware that the guest sees: SMCCC 1.1 and PSCI 1.1. */
#pragma once

#include <stdint.h>

#include "cells/vmm/ram.h"

/* What becomes of the guest after its call. */
enum psci_outcome {
    PSCI_RETURN,  /* the caller goes on with the results */
    PSCI_STANDBY, /* it goes on with the results at its next interrupt */
    PSCI_CPU_ON,  /* the same, and processor x1 is started at x2 with x3 in its x0 */
    PSCI_CPU_OFF, /* it has switched itself off */
    PSCI_OFF,     /* it has switched the machine off */
    PSCI_RESET    /* it wants the machine to start anew */
};

/* What firmware knows of the machine. */
struct psci_machine {
    uint32_t cpus; /* their affinities are 0.0.0 and their number */
    uint32_t on;   /* bit n: processor n is on */
    const struct ram *ram;
};

/* x: the caller's x0..x6; x0..x3 are replaced by the results, or by what CPU_ON is to do. */
enum psci_outcome psci_call(const struct psci_machine *machine, uint64_t x[7]);
