/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and the caches before it, at their worst: a data cache (one for all cores: they are
 * coherent) whose lines are filled and evicted at any time, accesses that read and write memory
 * past it, and instruction caches, indexed by virtual address, that keep what they have until they
 * are invalidated (Arm ARM B2.8, D7.5). A line has one value. */
#pragma once

#include "kernel/lib/types.h"

#define CACHE_LINE_BYTES 512 /* a CTR_EL0.DminLine of 7 */

void cache_reset(void);

/* True if an address lies in the RAM that has contents here: that of cells, not that of pools. */
bool cache_covers(uint64_t address);

/* An access of a cell: cacheable or past the cache; a fetch by a core. */
uint64_t cache_read(uint64_t address, bool cacheable);
void cache_write(uint64_t address, bool cacheable, uint64_t value);
uint64_t cache_fetch(unsigned core, uint64_t virtual, uint64_t address);

/* DC CIVAC, DC ZVA of the line; IC IALLU of one core. */
void cache_clean(uint64_t address);
void cache_zero(uint64_t address);
void cache_forget_instructions(unsigned core);

/* Something is filled that a cell could use, or something is evicted. */
void cache_speculate(void);
/* A line of the page is filled through the window of a core. */
void cache_fill(uint64_t address);

/* A line of the page differs from memory, or could. */
bool cache_page_dirty(uint64_t page);
