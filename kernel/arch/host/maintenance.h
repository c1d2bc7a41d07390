/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of arch/aarch64 that maintain TLBs and caches, on the fake machine: when each
 * takes effect, and what must have come before it. The kernel's own stage2.c and window.c run on
 * them (kernel/arch/host/aarch64). */
#pragma once

#include "kernel/lib/types.h"

enum host_barrier { BARRIER_STORES, BARRIER_LOCAL, BARRIER_SHARED, BARRIER_SYSTEM, BARRIER_ISB };
enum host_tlbi {
    TLBI_STAGE1_LOCAL,  /* vmalle1 */
    TLBI_ADDRESS,       /* ipas2e1is */
    TLBI_STAGE1,        /* vmalle1is */
    TLBI_VMID,          /* vmalls12e1is */
    TLBI_KERNEL,        /* vae2 */
    TLBI_EVERYTHING_EL2 /* alle2, alle1: boot only */
};
enum host_dc { DC_CLEAN, DC_ZERO };

void host_barrier(enum host_barrier kind);
void host_tlbi(enum host_tlbi kind, uint64_t operand);
void host_dc(enum host_dc kind, uint64_t address);
void host_ic(bool all_cores);
uint64_t host_register_read(const char *name);
void host_register_write(const char *name, uint64_t value);

void maintenance_reset(void);

/* Around each use: the kernel has written tables that no walker sees yet; everything that was begun
 * must be complete. */
void maintenance_begin(void);
void maintenance_end(void);

/* The kernel zeroes a page of its own; a walker sees that after the next barrier. */
void maintenance_zeroed(uint64_t page);

/* The kernel's code of arch/aarch64, renamed. */
void real_stage2_publish(void);
void real_stage2_flush(uint64_t vttbr, ipa address, uint64_t size);
void real_stage2_flush_all(uint64_t vttbr);
void real_icache_invalidate(void);
void real_page_clean(paddr page);
void real_page_zero(paddr page);

/* The window through which the core that runs sees single pages: its descriptor, its address. */
uint64_t *window_entry(void);
uint64_t window_address(void);
