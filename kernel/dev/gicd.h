/* SPDX-License-Identifier: Apache-2.0 */
/* The register bank that a GICv2 or GICv3 distributor and a GICv3 redistributor's SGI frame
 * share. */
#pragma once

#include "kernel/lib/types.h"

/* Clear enables, pending and active states, set one priority, for INTIDs first to last
 * (multiples of 32). */
void gicd_reset(uint64_t bank, uint32_t first, uint32_t end);
void gicd_enable(uint64_t bank, uint32_t intid, bool edge);
void gicd_disable(uint64_t bank, uint32_t intid);
void gicd_set_active(uint64_t bank, uint32_t intid, bool active);

/* INTIDs that the distributor at this address has. */
uint32_t gicd_count(uint64_t gicd);
