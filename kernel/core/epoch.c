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

/* A core that is off or waits for an interrupt uses nothing; what it reads when it wakes it reads
 * after a fence. */
static bool core_idles(const struct cpu *cpu)
{
    return atomic_read_acquire(&cpu->idling) != 0 || atomic_read_acquire(&cpu->power) < CPU_ON;
}

/* Take the cores out of the mask that idle; the first one that does not. */
static struct cpu *epoch_next(void)
{
    uint32_t mask = atomic_read_acquire(&epoch.mask);
    for (; mask != 0; mask &= mask - 1) { /* bound: 7 cores */
        struct cpu *cpu = core_cpu((uint32_t)__builtin_ctz(mask));
        if (!core_idles(cpu)) {
            return cpu;
        }
        epoch_pass(cpu);
    }
    return NULL;
}

static void epoch_begin(void)
{
    uint32_t mask = 0;
    for (uint32_t id = 0; core_cpu(id); id++) { /* bound: 8 cores */
        mask |= core_cpu(id) != cpu_this() ? 1u << id : 0;
    }
    epoch.running++;
    atomic_write_release(&epoch.mask, mask);
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
