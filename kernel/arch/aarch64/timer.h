/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's timer and the two timers of a vCPU. */
#pragma once

#include "abi/boot.h"
#include "kernel/obj/vcpu.h"

enum guest_timer { TIMER_VIRTUAL, TIMER_PHYSICAL, TIMER_COUNT };

/* INTIDs of the guest timers as every guest sees them (BSA, section 3.8.1). */
#define GUEST_PPI_VIRTUAL  27u
#define GUEST_PPI_PHYSICAL 30u

/* Which interrupts the timers and the list registers have. */
void timer_init(const struct boot_gic *board);
/* This core's timers: silent; the kernel's own interrupts are enabled. */
void timer_start(void);

/* The kernel's own physical interrupts; set once at boot, guest[TIMER_PHYSICAL] is 0 if there is
 * none. */
struct timer_intids {
    uint32_t kernel;
    uint32_t maintenance; /* of list registers */
    uint32_t guest[TIMER_COUNT];
};
extern struct timer_intids timer_intids;

/* The timers of the vCPU in the core ask for nothing any more. */
void timer_stop(void);

/* Those timers of the vCPU in the core that ask for their interrupt now, a bit each. */
unsigned timers_asserted(void);
