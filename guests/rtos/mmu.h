/* SPDX-License-Identifier: Apache-2.0 */
/* One address space, every address its own: what is not mapped is a fault. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum mmu_kind { MMU_CODE, MMU_CONSTANTS, MMU_DATA, MMU_DEVICE };

/* Map whole pages around these bytes, below 512 GiB. False: no table left. */
__attribute__((warn_unused_result)) bool mmu_map(uint64_t address, uint64_t size,
                                                 enum mmu_kind kind);
void mmu_unmap(uint64_t page);

/* Map the image and go on with MMU and caches. False: no table left. */
__attribute__((warn_unused_result)) bool mmu_open(void);

/* Clean the cache line to memory: it is there after a reset. */
void mmu_clean(const void *address);
