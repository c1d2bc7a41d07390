/* SPDX-License-Identifier: Apache-2.0 */
/* What boot found out about the cores, and the EL2 values that follow from it. */
#pragma once

#include "kernel/lib/types.h"

struct machine {
    uint64_t vtcr;
    uint64_t mdcr;
    uint64_t cnthctl;
    uint64_t midr;
    uint64_t lines; /* of CTR_EL0: what guests may believe of any core's caches */
    uint32_t vmid_bits;
    uint32_t physical_bits;
    bool sme;
    bool ras;
    bool phys_timer; /* guests have the EL1 physical timer */
    bool smc;        /* firmware is called with smc */
};
extern struct machine machine;

/* At boot: what the first core is. */
void el2_find(bool phys_timer, bool smc);

/* This core can do all that was found then; where only equal is good enough, it is equal. */
bool el2_fits(void);

/* Write every EL2 register of this core that mmu.c, timer.c and the GIC do not, and make EL1
 * neutral. */
void el2_init(void);

/* The same on every core, in this order: its registers, GIC and timers, its idle thread. NULL, or
 * what is wrong with it. */
struct cpu;
const char *core_init(struct cpu *cpu);
