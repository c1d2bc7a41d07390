/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what changes in the kernel's stage 1 after boot: the window of a core, through which single
 * pages are cleaned and zeroed, and what only boot needed, which is given away. */
#include "barrier.h"
#include "kernel/arch/arch.h"
#include "mmu.h"
#include "sysreg.h"

extern char image_boot[];

uint64_t mmu_pages[MMU_ENTRIES] MMU_TABLE;
struct window mmu_window;
paddr mmu_boot_end;

static uint64_t address_of(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

static void forget(uint64_t address, uint64_t *entry)
{
    *entry = 0;
    dsb_ishst();
    tlbi_vae2(address >> PAGE_SHIFT);
    dsb_nsh();
    isb();
}

struct resume mmu_forget_boot(struct resume first)
{
    for (uint64_t at = address_of(image_boot); at < mmu_boot_end.raw; at += PAGE_SIZE) {
        forget(at, mmu_page_entry(at));
    }
    return first;
}

static void window_open(paddr page)
{
    *mmu_window.entry = page.raw | MAP_DATA | PTE_PAGE;
    dsb_ishst();
    isb();
}

/* Clean and invalidate what the window shows to the point of coherency, then close it. */
static void window_close(void)
{
    uint64_t line = UINT64_C(4) << (sysreg_read(ctr_el0) >> 16 & 15);
    for (uint64_t at = mmu_window.address; at < mmu_window.address + PAGE_SIZE; at += line) {
        dc_civac(at);
    }
    dsb_sy();
    forget(mmu_window.address, mmu_window.entry);
}

void arch_page_clean(paddr page)
{
    window_open(page);
    window_close();
}

void arch_page_zero(paddr page)
{
    uint64_t block = UINT64_C(4) << (sysreg_read(dczid_el0) & 15);
    window_open(page);
    for (uint64_t at = mmu_window.address; at < mmu_window.address + PAGE_SIZE; at += block) {
        dc_zva(at);
    }
    window_close();
}

void *arch_pointer(paddr address)
{
    return (void *)(uintptr_t)address.raw;
}

paddr arch_physical(const void *pointer)
{
    return (paddr){address_of(pointer)};
}

paddr arch_kernel_end(void)
{
    return arch_physical(image_boot);
}
