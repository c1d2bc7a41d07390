/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the order in which a core comes up after boot.S, and says each step on the console. */
#include "abi/boot.h"
#include "exception.h"
#include "kernel/arch/arch.h"
#include "kernel/core/boot.h"
#include "kernel/dev/gic.h"
#include "kernel/dev/uart.h"
#include "machine.h"
#include "mmu.h"
#include "offsets.h"
#include "timer.h"
#include "world.h"

static_assert(offsetof(struct boot_info, load) == BOOT_LOAD, "boot.S");
static_assert(offsetof(struct boot_info, uart) == BOOT_UART, "boot.S");
static_assert(offsetof(struct boot_info, uart_type) == BOOT_UART_TYPE, "boot.S");
static_assert((BH_BOOT_MAGIC & UINT32_MAX) == BOOT_MAGIC, "boot.S");

/* What a core has: its stack, above that its struct cpu. Below is nothing that may be written
 * (kernel.ld). */
struct cpu_block {
    uint8_t stack[CPU_OFFSET];
    struct cpu cpu;
};
static_assert(offsetof(struct cpu_block, cpu) == CPU_OFFSET, "boot.S");

struct cpu_block cpu_blocks[1] __attribute__((section(".stack"), aligned(64)));

static void require(const char *error)
{
    boot_require(!error, error, "correct the board's description");
}

struct resume start(struct cpu *cpu, const struct boot_info *info);

/* Called by boot.S on this core's stack with the MMU off. */
struct resume start(struct cpu *cpu, const struct boot_info *info)
{
    uart_init(info->uart, info->uart_type);
    machine.smc = info->psci_smc != 0;
    machine.phys_timer = info->gic.phys_timer != 0;
    require(mmu_start(info));
    boot_step(3, "stage 1 on");
    el2_init();
    id_registers_init();
    world_init(cpu);
    boot_step(4, "vectors and EL2 registers");
    require(gic_init(&info->gic));
    require(timer_init(&info->gic));
    exception_irq_init(&info->gic);
    boot_step(5, gic->name);
    return kernel_start(cpu, info);
}
