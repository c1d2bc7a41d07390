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

/* An operation on each line of a number of pages. */
static ALWAYS_INLINE void lines_each(void (*operation)(uint64_t), uint64_t at, uint64_t size,
                                     uint64_t line)
{
    /* bound: a page, lines of 64 bytes: 8 rounds; boot: the root pool */
    for (uint64_t end = at + size; at < end; at += 8 * line) {
        operation(at);
        operation(at + line);
        operation(at + 2 * line);
        operation(at + 3 * line);
        operation(at + 4 * line);
        operation(at + 5 * line);
        operation(at + 6 * line);
        operation(at + 7 * line);
    }
}

void arch_zero(void *pages, uint64_t size)
{
    uint64_t id = sysreg_read(dczid_el0);
    if (unlikely(id & DCZID_PROHIBITED)) {
        words_zero(pages, size);
    } else {
        lines_each(dc_zva, address_of(pages), size, reach(id & 15));
    }
}

/* Clean and invalidate what the window shows to the point of coherency, then close it. */
static void window_close(uint64_t window)
{
    lines_each(dc_civac, window, PAGE_SIZE, reach(sysreg_read(ctr_el0) >> 16 & 15));
    dsb_sy();
    forget(window);
}

void arch_page_clean(paddr page)
{
    window_close(window_open(page));
}

void arch_page_zero(paddr page)
{
    uint64_t window = window_open(page);
    arch_zero((void *)(uintptr_t)window, PAGE_SIZE);
    window_close(window);
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
