/* SPDX-License-Identifier: Apache-2.0 */
/* The system registers and instructions that a native cell may use (EL0), one accessor each. */
#pragma once

#include <stdint.h>

/* Physical counter, in ticks of counter_frequency(); not before the instructions above it. */
static inline __attribute__((always_inline)) uint64_t sysreg_cntpct(void)
{
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntpct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

/* The same without the ISB: for measuring, where an emulator counts instructions exactly. */
static inline __attribute__((always_inline)) uint64_t sysreg_cntpct_bare(void)
{
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntpct_el0" : "=r"(ticks)::"memory");
    return ticks;
}

static inline uint64_t sysreg_cntfrq(void)
{
    uint64_t hertz;
    __asm__("mrs %0, cntfrq_el0" : "=r"(hertz));
    return hertz;
}

static inline uint64_t sysreg_ctr(void)
{
    uint64_t ctr;
    __asm__("mrs %0, ctr_el0" : "=r"(ctr));
    return ctr;
}

/* Clean the line of an address to the point of coherency. CIVAC, not CVAC: Cortex-A53 819472,
 * 824069, 827319. */
static inline void cache_clean_line(uint64_t address)
{
    __asm__ volatile("dc civac, %0" ::"r"(address) : "memory");
}

static inline void barrier_dsb(void)
{
    __asm__ volatile("dsb sy" ::: "memory");
}

/* Inside every loop that waits: lets an emulator, or another hardware thread, go on. */
static inline void cpu_pause(void)
{
    __asm__ volatile("yield" ::: "memory");
}

/* End of the road: the warden reports it and stops the cell. */
__attribute__((noreturn)) static inline void cell_break(void)
{
    for (;;) {
        __asm__ volatile("brk #1");
    }
}
