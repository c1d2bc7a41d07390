/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what changes in the kernel's stage 1 after boot: the window of a core, through which single
 * pages are cleaned and zeroed, and what only boot needed, which is given away. */
#include "arch_fast.h"
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/string.h"
#include "mmu.h"
#include "sysreg.h"

extern char image_boot[];

#define LEAST            64u /* what is no larger is zeroed by words */
#define LINE_64          4u  /* of DCZID_EL0.BS and CTR_EL0.DminLine */
#define DCZID_PROHIBITED 16u /* DZP: no DC ZVA (Arm ARM D19.2.39) */

uint64_t mmu_pages[MMU_ENTRIES] MMU_TABLE;
struct mmu_registers mmu_registers;
paddr mmu_boot_end;

static void forget(uint64_t address)
{
    *mmu_page_entry(address) = 0;
    dsb_ishst();
    tlbi_vae2(address >> PAGE_SHIFT);
    dsb_nsh();
    isb();
}

struct resume mmu_forget_boot(struct resume first)
{
    /* bound: boot */
    for (uint64_t at = address_of(image_boot); at < mmu_boot_end.raw; at += PAGE_SIZE) {
        forget(at);
    }
    return first;
}

/* Nobody else uses this core's window, so nobody else must forget what it showed. */
static uint64_t window_open(paddr page)
{
    uint64_t window = cpu_this()->arch.window;
    *mmu_page_entry(window) = page.raw | MAP_DATA | PTE_PAGE;
    dsb_ishst();
    isb();
    return window;
}

/* Bytes that one operation reaches; more than it would be unheard of, and less does no harm. */
static uint64_t reach(uint64_t log2_words)
{
    return log2_words > 7 ? UINT64_C(1) << 9 : UINT64_C(4) << log2_words;
}

void arch_zero(void *memory, uint64_t size)
{
    /* Exactly what DC ZVA zeroes: behind an object smaller than that comes another one. */
    uint64_t id = size > LEAST ? sysreg_read(dczid_el0) : DCZID_PROHIBITED;
    uint64_t line = UINT64_C(4) << (id & 15), at = address_of(memory), end = at + size;
    if ((id & DCZID_PROHIBITED) != 0 || (size & (2 * line - 1)) != 0) {
        words_zero(memory, size);
        return;
    }
    /* bound: a page, lines of 64 bytes: 32 rounds; boot: the root pool */
    do {
        dc_zva(at);
        dc_zva(at + line);
        at += 2 * line;
    } while (at < end);
}

/* Clean and invalidate what the window shows to the point of coherency, then close it. */
static void window_close(uint64_t window)
{
    uint64_t at = window, line = reach(sysreg_read(ctr_el0) >> 16 & 15);
    /* bound: lines of 64 bytes: 8 rounds */
    do {
        dc_civac(at);
        dc_civac(at + line);
        dc_civac(at + 2 * line);
        dc_civac(at + 3 * line);
        dc_civac(at + 4 * line);
        dc_civac(at + 5 * line);
        dc_civac(at + 6 * line);
        dc_civac(at + 7 * line);
        at += 8 * line;
    } while (at % PAGE_SIZE != 0);
    dsb_sy();
    forget(window);
}

void arch_page_clean(paddr page)
{
    window_close(window_open(page));
}

static ALWAYS_INLINE uint64_t line_zero(uint64_t at)
{
    dc_zva(at);
    dc_civac(at);
    return at + 64;
}

/* Line by line zero, clean and invalidate, if each operation is on one of 64 bytes. */
void arch_page_zero(paddr page)
{
    uint64_t window = window_open(page), at = window;
    uint64_t lines = (sysreg_read(dczid_el0) & 31) << 4 | (sysreg_read(ctr_el0) >> 16 & 15);
    if (unlikely(lines != (LINE_64 << 4 | LINE_64))) {
        arch_zero((void *)(uintptr_t)window, PAGE_SIZE);
        window_close(window);
        return;
    }
    /* bound: 16 rounds */
    do {
        at = line_zero(line_zero(line_zero(line_zero(at))));
    } while (at % PAGE_SIZE != 0);
    dsb_sy();
    forget(window);
}

void *arch_pointer(paddr address)
{
    return (void *)(uintptr_t)address.raw;
}

paddr arch_physical(const void *pointer)
{
    return (paddr){address_of(pointer)};
}

BOOT_ONLY paddr arch_kernel_end(void)
{
    return arch_physical(image_boot);
}
