/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how the kernel ends: with a sentence, and on all cores. */
#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "kernel/obj/core.h"

/* The others go off with their next interrupt; one that waits for the lock runs no cell either. */
static void stop_others(void)
{
    /* bound: 8 cores */
    for (struct cpu **core = core_list; *core; core++) {
        if (*core != cpu_this() && cpu_online(*core)) {
            atomic_write_release(&(*core)->power, CPU_GONE);
            arch_cpu_kick(*core);
        }
    }
}

void panic(const char *cause)
{
    static bool before; /* what is broken may break this as well */
    log_puts("\nbh: kernel panic: ");
    log_puts(cause);
    log_puts("\n");
    if (!before) {
        before = true;
        stop_others();
    }
    arch_halt();
}
