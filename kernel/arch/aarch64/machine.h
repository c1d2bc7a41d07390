/* SPDX-License-Identifier: Apache-2.0 */
/* What boot found out about the cores, and the EL2 values that follow from it. */
#pragma once

#include "kernel/lib/types.h"

struct machine {
    uint64_t vtcr;
    uint64_t mdcr;
    uint64_t cnthctl;
    uint64_t midr;
    uint32_t vmid_bits;
    uint32_t physical_bits;
    bool sme;
    bool ras;
    bool phys_timer; /* guests have the EL1 physical timer */
    bool smc;        /* firmware is called with smc */
};
extern struct machine machine;

/* Write every EL2 register of this core that mmu.c, timer.c and the GIC do not, and make EL1
 * neutral. */
void el2_init(void);
