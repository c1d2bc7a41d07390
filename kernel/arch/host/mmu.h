/* SPDX-License-Identifier: Apache-2.0 */
/* Stage-2 translation as an implementation of the architecture may do it at its worst: each core
 * has a TLB, tagged by VMID, that fills itself at any time from any table that is in use (Arm ARM
 * D8.3, D8.13, D8.14). */
#pragma once

#include "kernel/arch/host/walk.h"

#define MMU_CORES       3
#define MMU_TLB_ENTRIES 16
#define MMU_ALL_CORES   MMU_CORES

void mmu_reset(void);

/* A table and VMID are in use from now on; walks may start there until walk_forget. */
uint64_t mmu_root(uint64_t root, uint16_t vmid);

/* TLBI of one core or MMU_ALL_CORES: IPAS2E1 (stage 2 of an address), VMALLE1 (all that holds a
 * stage 1), VMALLS12E1 (everything of a VMID). */
void mmu_drop_address(unsigned core, uint16_t vmid, uint64_t address);
void mmu_drop_stage1(unsigned core, uint16_t vmid);
void mmu_drop_vmid(unsigned core, uint16_t vmid);

/* Something may be fetched into some TLB; a cached leaf may be joined with a stage 1. */
void mmu_speculate(void);
void mmu_combine(void);

/* Rules that hold whenever the kernel could be left: no TLB entry differs from the tables. */
void mmu_check(void);
/* Rules that hold at all times: break before make. */
void mmu_check_break(void);

/* An access through the TLB of a core: false: fault. *leaf is what translates it. */
bool mmu_translate(unsigned core, uint64_t vttbr, uint64_t address, uint64_t access,
                   struct mmu_entry *leaf);
bool mmu_access(unsigned core, uint64_t vttbr, uint64_t address, uint64_t access,
                uint64_t *physical);
/* Some leaf that some TLB holds. False: there is none at the moment. */
bool mmu_any_leaf(struct mmu_entry *leaf);

/* The leaf that translates address now, without TLB: its descriptor and input range; false:
 * none. */
bool mmu_walk(uint64_t root, uint64_t address, struct mmu_entry *leaf);

/* How many entries are cached for a VMID, on all cores; on one. */
unsigned mmu_cached(uint16_t vmid);
unsigned mmu_cached_on(unsigned core, uint16_t vmid);
