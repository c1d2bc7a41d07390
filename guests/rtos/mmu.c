/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the translation tables: 4 KiB pages, three levels, 39 bits (Arm ARM D8.3). */
#include "guests/rtos/mmu.h"

#include <stddef.h>

#include "guests/bare/sysreg.h"

#define PAGE       UINT64_C(0x1000)
#define ENTRIES    512
#define TABLES     16
#define LEVEL_BITS 9
#define PAGE_BITS  12

#define VALID    UINT64_C(1)
#define TABLE    UINT64_C(3) /* a table, or at the last level a page */
#define ADDRESS  UINT64_C(0x0000fffffffff000)
#define NORMAL   (UINT64_C(1) << 2) /* MAIR index 1 */
#define READONLY (UINT64_C(2) << 6)
#define SHARED   (UINT64_C(3) << 8) /* inner */
#define ACCESSED (UINT64_C(1) << 10)
#define PXN      (UINT64_C(1) << 53)
#define UXN      (UINT64_C(1) << 54)

#define MAIR UINT64_C(0xff04) /* 0: Device-nGnRE, 1: normal, write-back */
/* T0SZ 25 (39 bits), walks through the caches, inner shareable, no TTBR1, 40-bit addresses. */
#define TCR                                                                              \
    (25 | UINT64_C(1) << 8 | UINT64_C(1) << 10 | UINT64_C(3) << 12 | UINT64_C(1) << 23 | \
     UINT64_C(2) << 32)
#define SCTLR UINT64_C(0x30d0181d) /* M, C, SA, SA0, I; the RES1 bits of Armv8.0 */

static uint64_t tables[TABLES][ENTRIES] __attribute__((aligned(0x1000)));
static unsigned table_count = 1; /* tables[0] is the root */

static const uint64_t attributes[] = {
    [MMU_CODE] = NORMAL | SHARED | READONLY | UXN,
    [MMU_CONSTANTS] = NORMAL | SHARED | READONLY | PXN | UXN,
    [MMU_DATA] = NORMAL | SHARED | PXN | UXN,
    [MMU_DEVICE] = PXN | UXN,
};

/* rtos.ld */
extern const char text_start[], rodata_start[], data_start[], bss_end[], image_end[];

/* The table below an entry, made if it is not there; NULL: none left. */
static uint64_t *descend(uint64_t *entry)
{
    if ((*entry & VALID) == 0) {
        if (table_count == TABLES) {
            return NULL;
        }
        *entry = (uint64_t)tables[table_count++] | TABLE;
    }
    return (uint64_t *)(*entry & ADDRESS);
}

static uint64_t *page_entry(uint64_t address)
{
    uint64_t *table = tables[0];

    for (unsigned shift = PAGE_BITS + 2 * LEVEL_BITS; table != NULL && shift > PAGE_BITS;
         shift -= LEVEL_BITS) {
        table = descend(&table[address >> shift & (ENTRIES - 1)]);
    }
    return table == NULL ? NULL : &table[address >> PAGE_BITS & (ENTRIES - 1)];
}

bool mmu_map(uint64_t address, uint64_t size, enum mmu_kind kind)
{
    for (uint64_t at = address & ~(PAGE - 1); at < address + size; at += PAGE) {
        uint64_t *entry = page_entry(at);

        if (entry == NULL) {
            return false;
        }
        *entry = at | attributes[kind] | ACCESSED | TABLE;
    }
    __asm__ volatile("dsb ishst\n\tisb" ::: "memory");
    return true;
}

void mmu_unmap(uint64_t page)
{
    uint64_t *entry = page_entry(page);

    if (entry != NULL) {
        *entry = 0;
        __asm__ volatile("dsb ishst\n\t"
                         "tlbi vaae1is, %0\n\t"
                         "dsb ish\n\t"
                         "isb" ::"r"(page >> PAGE_BITS)
                         : "memory");
    }
}

static bool map_image(void)
{
    return mmu_map((uint64_t)text_start, (size_t)(rodata_start - text_start), MMU_CODE) &&
           mmu_map((uint64_t)rodata_start, (size_t)(data_start - rodata_start), MMU_CONSTANTS) &&
           mmu_map((uint64_t)data_start, (size_t)(image_end - data_start), MMU_DATA);
}

/* What was written with the caches off must not be hidden by lines from before. */
static void forget_lines(void)
{
    uint64_t line = UINT64_C(4) << (sysreg_read("ctr_el0") >> 16 & 0xf);

    for (uint64_t at = (uint64_t)data_start; at < (uint64_t)bss_end; at += line) {
        __asm__ volatile("dc ivac, %0" ::"r"(at) : "memory");
    }
    barrier_dsb();
}

bool mmu_open(void)
{
    if (!map_image()) {
        return false;
    }
    forget_lines();
    sysreg_write("mair_el1", MAIR);
    sysreg_write("tcr_el1", TCR);
    sysreg_write("ttbr0_el1", tables[0]);
    __asm__ volatile("tlbi vmalle1\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
    sysreg_write("sctlr_el1", SCTLR);
    return true;
}

void mmu_clean(const void *address)
{
    __asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(address) : "memory");
}
