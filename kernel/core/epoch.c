/* SPDX-License-Identifier: Apache-2.0 */
/* Knows which cores have left the kernel since something was taken away. */
#include "kernel/core/epoch.h"

#include "arch_fast.h"
#include "kernel/lib/atomic.h"
#include "kernel/obj/core.h"

static struct {
    uint64_t began; /* the last epoch that did */
    uint64_t over;  /* the last one that is known to be over */
} epoch;

uint64_t epoch_after(void)
{
    return epoch.began + 1;
}

/* A core that is off or waits for an interrupt uses nothing; what it reads when it wakes it reads
 * after a fence. */
static bool epoch_passed(const struct cpu *cpu, uint64_t wanted)
{
    return atomic_read_acquire(&cpu->passed) >= wanted || atomic_read_acquire(&cpu->idling) != 0 ||
           atomic_read_acquire(&cpu->power) < CPU_ON;
}

status epoch_over(uint64_t wanted)
{
    struct cpu *here = cpu_this();
    if (epoch.over >= wanted) {
        return BH_OK;
    }
    if (epoch.began < wanted) {
        atomic_write(&here->passed, wanted);
        atomic_write_release(&epoch.began, wanted);
        atomic_fence(); /* what was taken away is gone before anybody counts as idle */
    }
    /* bound: 8 cores */
    for (struct cpu **core = core_list; *core; core++) {
        if (!epoch_passed(*core, wanted)) {
            here->where = *core;
            return STATUS_MOVE;
        }
    }
    epoch.over = wanted;
    return BH_OK;
}

void epoch_pass(struct cpu *cpu)
{
    atomic_write_release(&cpu->passed, atomic_read_acquire(&epoch.began));
}
