/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own address space: flat, W^X, only what it uses. */
#pragma once

#include "abi/boot.h"
#include "kernel/core/frame.h"
#include "kernel/lib/types.h"

/* Build the tables from the image's symbols and boot_info and switch the MMU and caches on. Runs
 * with the MMU off; every access in it is aligned. Returns NULL, or what is wrong with the board's
 * facts. */
const char *mmu_start(const struct boot_info *info);

#define PTE_TABLE   UINT64_C(3)
#define PTE_PAGE    UINT64_C(3)
#define PTE_BLOCK   UINT64_C(1)
#define PTE_ADDRESS (((UINT64_C(1) << 48) - 1) & ~(PAGE_SIZE - 1))
/* AP[1] is RES1 at EL2 (bit 6), inner shareable, accessed. */
#define PTE_COMMON    (UINT64_C(1) << 6 | UINT64_C(3) << 8 | UINT64_C(1) << 10)
#define PTE_READ_ONLY (UINT64_C(1) << 7)
#define PTE_XN        (UINT64_C(1) << 54)
#define PTE_NORMAL    (UINT64_C(1) << 2) /* MAIR attribute 1 */

#define MAP_DATA (PTE_COMMON | PTE_NORMAL | PTE_XN)

#define MMU_ENTRIES 512u
#define MMU_TABLE   __attribute__((section(".tables"), aligned(4096)))

static inline uint64_t address_of(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

/* The table of level 3: the pages of the image's 2 MiB. */
extern uint64_t mmu_pages[MMU_ENTRIES];

static inline uint64_t *mmu_page_entry(uint64_t address)
{
    return &mmu_pages[address / PAGE_SIZE % MMU_ENTRIES];
}

/* What mmu_on writes. Stored once, with the MMU off, so it is in memory for cores whose MMU is
 * off. */
struct mmu_registers {
    uint64_t mair, tcr, ttbr0, sctlr;
};
extern struct mmu_registers mmu_registers;
void mmu_on(void);

/* At boot: a page below that address (0: the highest of all) where nothing is mapped; 0: none.
 * Whatever cells get there, its virtual address may be a core's window. */
uint64_t mmu_window(uint64_t above);

/* Boot is over: what only boot needs, up to mmu_boot_end, belongs to cells. Returns its argument:
 * boot.S calls this between start, which is gone then, and the exit. */
extern paddr mmu_boot_end;
struct resume mmu_forget_boot(struct resume first);

/* Physical address bits that are used of a core with this ID_AA64MMFR0_EL1.PARange: at most 44. */
static inline uint32_t mmu_physical_bits(uint64_t range)
{
    return range < 3 ? 32 + 4 * (uint32_t)range : range == 3 ? 42 : 44;
}
