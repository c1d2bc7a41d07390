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
    for (uint32_t id = 0; core_cpu(id); id++) {
        struct cpu *cpu = core_cpu(id);
        if (cpu != cpu_this() && cpu_online(cpu)) {
            atomic_write_release(&cpu->power, CPU_GONE);
            arch_cpu_kick(cpu);
        }
    }
}

void panic(const char *cause, const char *file, unsigned line)
{
    static bool before; /* what is broken may break this as well */
    log_puts("\nbh: kernel panic: ");
    log_puts(cause);
    log_puts(" at ");
    log_puts(file);
    log_values(":#\n", (uint64_t[]){line});
    if (!before) {
        before = true;
        stop_others();
    }
    arch_halt();
}
