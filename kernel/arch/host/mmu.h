/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 translation as an implementation of the architecture may do it at its worst: TLBs tagged
 * by
 * VMID that fill themselves at any time from any table that is in use (Arm ARM D8.3, D8.13,
 * D8.14). */
#pragma once

#include "kernel/lib/types.h"

#define MMU_CORES       2
#define MMU_TLB_ENTRIES 12
#define MMU_ROOTS       512

/* A cached descriptor: a leaf, or a table that a walk went through. */
struct mmu_entry {
    const uint64_t *where; /* the descriptor in the table; NULL: unused */
    uint64_t value;        /* as it was read */
    uint64_t address;      /* input range that it translates */
    uint64_t size;
    uint64_t root;
    uint16_t vmid;
    uint8_t level;
};

void mmu_reset(uint64_t seed);

/* A table and VMID are in use from now on; walks may start there until mmu_flush_all. */
uint64_t mmu_root(uint64_t root, uint16_t vmid);

/* TLBI by address range and by VMID, on all cores. */
void mmu_flush(uint64_t vttbr, uint64_t address, uint64_t size);
void mmu_flush_all(uint64_t vttbr);

/* Something may be fetched into some TLB. */
void mmu_speculate(void);

/* Rules that hold whenever the kernel could be left: no TLB entry differs from the tables. */
void mmu_check(void);
/* Rules that hold at all times: break before make. */
void mmu_check_break(void);

/* An access through the TLB of a core. False: fault. */
bool mmu_access(unsigned core, uint64_t vttbr, uint64_t address, uint64_t access,
                uint64_t *physical);

/* The leaf that translates address now, without TLB: its descriptor and input range; false:
 * none. */
bool mmu_walk(uint64_t root, uint64_t address, struct mmu_entry *leaf);

/* How many entries are cached for a VMID, on all cores. */
unsigned mmu_cached(uint16_t vmid);
