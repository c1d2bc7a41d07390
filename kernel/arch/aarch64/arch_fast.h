/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's part of the message path: which core this is, safe indices, change of thread. */
#pragma once

#include "barrier.h"
#include "kernel/core/cpu.h"
#include "sysreg.h"

/* Instructions of a long operation in one entry: with its last step, entry and exit below 2,000. */
#define ARCH_ENTRY_WORK 1000u

#define ARCH_AMOUNT_LEAST BH_BUDGET_LEAST

static ALWAYS_INLINE struct cpu *cpu_this(void)
{
    return (struct cpu *)(uintptr_t)sysreg_read(tpidr_el2);
}

static ALWAYS_INLINE void arch_relax(void)
{
    cpu_relax();
}

static ALWAYS_INLINE uint64_t arch_nospec(uint64_t index, uint64_t limit)
{
    return index_nospec(index, limit);
}

/* A guest or FP registers are involved on one side, or device mappings on the old one: world.c. */
void arch_switch_full(struct thread *to, struct cpu *cpu);

/* From one plain native thread to another only the address space changes: HCR_EL2 and the controls
 * of EL0 are equal, and the exception return is the context synchronisation that VTTBR_EL2 needs.
 */
static ALWAYS_INLINE bool arch_switch_plain(struct cpu *cpu, struct thread *to)
{
    const struct cell *cell = to->cell;
    sysreg_write(vttbr_el2, cell->vttbr);
    if (unlikely(cell->marks)) { /* leaving it will take more */
        if (cell->marks & MARK_TRACED) {
            return false;
        }
        cpu->world = cell->marks;
        cpu->device_thread = to;
    }
    return true;
}
