/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which cores have left the kernel since something was taken away. */
#include "kernel/core/epoch.h"

#include "arch_fast.h"
#include "kernel/lib/atomic.h"
#include "kernel/obj/core.h"

static struct {
    uint32_t over;    /* the last epoch that is over */
    uint32_t running; /* over, or over + 1: one that began and whose cores are in mask */
    uint32_t mask;    /* cores that have not passed it */
} epoch;

/* Take the cores out of the mask that idle; the first one that does not. One that is off or waits
 * for an interrupt uses nothing; what it reads when it wakes it reads after a fence. */
static struct cpu *epoch_next(void)
{
    uint32_t mask = atomic_read_acquire(&epoch.mask);
    for (; mask != 0; mask &= mask - 1) { /* bound: 7 cores */
        struct cpu *cpu = core_cpu((uint32_t)__builtin_ctz(mask));
        if (atomic_read_acquire(&cpu->idling) == 0 && atomic_read_acquire(&cpu->power) >= CPU_ON) {
            return cpu;
        }
        epoch_pass(cpu);
    }
    return NULL;
}

static void epoch_begin(void)
{
    epoch.running++;
    atomic_write_release(&epoch.mask, core_bits & ~(1u << cpu_this()->id));
    atomic_fence(); /* what was taken away is gone before anybody counts as idle */
}

uint32_t epoch_after(void)
{
    return epoch.running + 1;
}

bool epoch_over(uint32_t wanted, struct cpu **where)
{
    /* bound: 2: the epoch that runs, and the one that is wanted */
    for (;;) { /* at most twice: the one that runs, and the one that is wanted */
        *where = epoch_next();
        if (*where) {
            return false;
        }
        epoch.over = epoch.running;
        if ((int32_t)(epoch.over - wanted) >= 0) {
            return true;
        }
        epoch_begin();
    }
}

void epoch_pass(struct cpu *cpu)
{
    if (atomic_read(&epoch.mask) >> cpu->id & 1) {
        (void)atomic_clear(&epoch.mask, 1u << cpu->id);
    }
}
