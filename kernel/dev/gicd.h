/* SPDX-License-Identifier: Apache-2.0 */
/* The register bank that a GICv2 or GICv3 distributor and a GICv3 redistributor's SGI frame share:
 * that of an interrupt is the distributor, or its core's for a private one. See arch.h for
 * arch_irq_*. */
#pragma once

#include "kernel/lib/types.h"

/* The distributor and how many INTIDs it has; set at boot. */
extern uint64_t gicd;
extern uint32_t gicd_count;
void gicd_init(uint64_t base);

/* Clear enables, pending and active states, set one priority, for INTIDs first to end (multiples of
 * 32); all to group 1 or not. */
void gicd_reset(uint32_t first, uint32_t end, bool group1);
void gicd_set_active(uint32_t intid, bool active);
