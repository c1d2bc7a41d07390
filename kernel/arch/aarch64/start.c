/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the order in which a core comes up after boot.S, and says each step on the console. */
#include "abi/boot.h"
#include "exception.h"
#include "kernel/arch/arch.h"
#include "kernel/core/boot.h"
#include "kernel/dev/gic.h"
#include "kernel/dev/gicd.h"
#include "kernel/dev/uart.h"
#include "kernel/obj/pool.h"
#include "machine.h"
#include "mmu.h"
#include "offsets.h"
#include "timer.h"
#include "world.h"

#define PFR0_GIC 24 /* of ID_AA64PFR0_EL1: system registers of a GICv3 */

/* What a core has: its stack, above that its struct cpu. Below is nothing that may be written
 * (kernel.ld). */
struct cpu_block {
    uint8_t stack[CPU_OFFSET];
    struct cpu cpu;
};
static_assert(offsetof(struct cpu_block, cpu) == CPU_OFFSET, "boot.S");

struct cpu_block cpu_blocks[1] __attribute__((section(".stack"), aligned(64)));

static_assert(sizeof(struct cpu) + CPU_OFFSET <= UINT64_C(1) << CPU_BLOCK_ORDER,
              "no core has a smaller stack than the first, whose end is guarded");

static void require(const char *error)
{
    boot_require(!error, error, "correct the board's description");
}

static const char *window_give(struct cpu *cpu)
{
    static uint64_t last;
    last = cpu->arch.window = mmu_window(last);
    return last != 0 ? NULL : "no free page beside the kernel for a core's window";
}

static bool gic_lacks(const struct boot_gic *info, bool v3)
{
    return info->gicd == 0 || (!v3 && (info->gicc == 0 || info->gich == 0));
}

static const char *gic_find(const struct boot_gic *info)
{
    bool registers = id_field(sysreg_read(id_aa64pfr0_el1), PFR0_GIC) != 0;
    bool v3 = info->gicr != 0 && (info->gicc == 0 || registers);
    if (v3 && !registers) {
        return "the description has a GICv3 only, and the core has no registers for one";
    }
    if (gic_lacks(info, v3)) {
        return "the description has no gicd, or no gicc and gich for the core's GICv2";
    }
    gicd_init(info->gicd);
    if (v3) {
        gicv3_init(info);
    } else {
        gicv2_init(info);
    }
    return NULL;
}

static const char *first_core(const struct cpu *cpu, const struct boot_info *info)
{
    const struct boot_core *cores = (const void *)((const char *)info + info->core_offset);
    return cores->mpidr == cpu->arch.mpidr ? NULL : "firmware boots another core than its first";
}

struct cpu *arch_cpu_make(struct pool *pool, uint64_t mpidr)
{
    uint64_t size = UINT64_C(1) << CPU_BLOCK_ORDER;
    char *block = pool_alloc(pool, CPU_BLOCK_ORDER);
    if (!block) {
        return NULL;
    }
    struct cpu *cpu = (struct cpu *)(void *)(block + ((size - sizeof(struct cpu)) & ~UINT64_C(63)));
    cpu->arch.mpidr = mpidr & MPIDR_AFFINITY;
    require(window_give(cpu));
    return cpu;
}

struct resume start(struct cpu *cpu, const struct boot_info *info);

/* Called by boot.S on this core's stack with the MMU off. */
struct resume start(struct cpu *cpu, const struct boot_info *info)
{
    uart_init(info->uart, info->uart_type);
    require(mmu_start(info));
    boot_step(3, "stage 1 on");
    el2_find(info->gic.phys_timer != 0, info->psci_smc != 0);
    el2_init();
    boot_step(4, "vectors and EL2 registers");
    cpu->arch.mpidr = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
    require(first_core(cpu, info));
    require(window_give(cpu));
    require(gic_find(&info->gic));
    timer_init(&info->gic);
    require(sysreg_read(cntfrq_el0) != 0
                ? NULL
                : "CNTFRQ_EL0 is 0: firmware did not set the timer's frequency");
    require(core_init(cpu));
    boot_step(5, gic_is_v2() ? "GICv2" : "GICv3");
    return kernel_start(cpu, info);
}
