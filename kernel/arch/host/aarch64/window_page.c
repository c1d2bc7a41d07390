/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what stage2.c and window.c find beside them on the fake machine. */
#include "kernel/arch/host/maintenance.h"
#include "machine.h"
#include "mmu.h"

#define WINDOW_ADDRESS (UINT64_C(0x7f) << PAGE_SHIFT)

struct machine machine = {.vmid_bits = 8, .physical_bits = 40};
char image_boot[1];

uint64_t *window_entry(void)
{
    uint64_t *entry = mmu_page_entry(WINDOW_ADDRESS);
    mmu_window = (struct window){entry, WINDOW_ADDRESS};
    return entry;
}

uint64_t window_address(void)
{
    return WINDOW_ADDRESS;
}
