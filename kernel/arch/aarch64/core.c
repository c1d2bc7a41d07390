/* SPDX-License-Identifier: Apache-2.0 */
/* Knows how a core is set up: the first one at boot, the others any number of times after it. */
#include "exception.h"
#include "kernel/arch/arch.h"
#include "kernel/dev/gic.h"
#include "kernel/lib/log.h"
#include "machine.h"
#include "timer.h"
#include "world.h"

const char *core_init(struct cpu *cpu)
{
    world_init(cpu);
    const char *error = gic_start(cpu);
    cpu->arch.timers_active = 0;
    timer_start();
    return error;
}

struct resume core_start(struct cpu *cpu);

/* Called by entry.S on a core that firmware has started, on its own stack. */
struct resume core_start(struct cpu *cpu)
{
    const char *error = "it can do less than core 0, or other things";
    if (el2_fits()) {
        el2_init();
        error = core_init(cpu);
    }
    if (error) {
        log_values("bh: core # cannot be used: ", (uint64_t[]){cpu->id});
        log_puts(error);
        log_puts("\n");
        cpu->power = CPU_UNFIT;
        arch_cpu_off();
    }
    return cpu_enter(cpu);
}
