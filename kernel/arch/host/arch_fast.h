/* SPDX-License-Identifier: Apache-2.0 */
/* The fake machine's short functions: which core this is, and what a switch of threads does. */
#pragma once

#include <sched.h>

#include "kernel/core/cpu.h"

extern _Thread_local struct cpu *host_cpu; /* set by host_use_core */

#define ARCH_ENTRY_WORK   (UINT32_MAX / 2) /* tests say themselves where a call stops */
#define ARCH_AMOUNT_LEAST 2                /* the kernel's work takes no time here */

static inline struct cpu *cpu_this(void)
{
    return host_cpu;
}

/* In a loop that waits for another core. */
static inline void arch_relax(void)
{
    sched_yield();
}

static inline uint64_t arch_nospec(uint64_t index, uint64_t limit)
{
    return index < limit ? index : 0;
}

void host_switch(struct cpu *cpu, struct thread *to);

static inline void arch_switch_full(struct thread *to, struct cpu *cpu)
{
    host_switch(cpu, to);
}

/* The same where it is only a change of spaces between native threads. */
static inline bool arch_switch_plain(struct cpu *cpu, struct thread *to)
{
    bool plain = (cpu->world | to->is_vcpu | to->cell->marks) == 0 && cpu->fp_owner != to;
    if (plain) {
        host_switch(cpu, to);
    }
    return plain;
}
