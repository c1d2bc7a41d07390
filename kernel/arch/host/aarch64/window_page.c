/* SPDX-License-Identifier: Apache-2.0 */
/* Knows what stage2.c and window.c find beside them on the fake machine. */
#include "arch_fast.h"
#include "kernel/arch/host/maintenance.h"
#include "machine.h"
#include "mmu.h"

#define LAST_PAGE UINT64_C(0x7f) /* core 0's; the others' are below */

struct machine machine = {.vmid_bits = 8, .physical_bits = 40};
char image_boot[1];

uint64_t *window_entry(void)
{
    return mmu_page_entry(window_address());
}

uint64_t window_address(void)
{
    return (LAST_PAGE - cpu_this()->id) << PAGE_SHIFT;
}
