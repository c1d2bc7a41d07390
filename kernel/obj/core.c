/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the processors that there are. */
#include "kernel/obj/core.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/lib/log.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/pool.h"

static struct cpu *cpus[CPU_MAX];

void core_add(struct cpu *cpu)
{
    ASSERT(cpu->id < CPU_MAX);
    cpus[cpu->id] = cpu;
}

struct cpu *core_cpu(uint64_t id)
{
    return id < CPU_MAX ? cpus[arch_nospec(id, CPU_MAX)] : NULL;
}

struct core *core_make(struct pool *pool, struct cpu *cpu)
{
    uint8_t order = pool_order(sizeof(struct core));
    struct core *core = pool_alloc(pool, order);
    ASSERT(core);
    core->cpu = cpu;
    pool_adopt(pool, &core->object, BH_CORE, order);
    return core;
}

status core_on(struct cpu *cpu)
{
    if (cpu->power != CPU_OFF) {
        return BH_BUSY;
    }
    cpu->power = CPU_COMING;
    status result = arch_cpu_on(cpu);
    if (result != BH_OK) {
        cpu->power = CPU_OFF;
    }
    return result;
}

status core_off(struct cpu *cpu)
{
    if (cpu->id == 0) {
        return BH_BAD_ARG;
    }
    if (core_busy(cpu) || cpu->power != CPU_ON) {
        return BH_BUSY;
    }
    cpu->power = CPU_LEAVING;
    arch_cpu_kick(cpu);
    return BH_OK;
}

struct resume cpu_enter(struct cpu *cpu)
{
    cpu->power = CPU_ON;
    return sched_next(cpu);
}

void mail_irq(struct cpu *cpu)
{
    if (cpu->power == CPU_LEAVING) {
        irq_leave(cpu);
        cpu->power = CPU_OFF;
        arch_cpu_off();
    }
}
