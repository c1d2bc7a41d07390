/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the processors that there are. */
#include "kernel/obj/core.h"

#include "arch_fast.h"
#include "kernel/lib/log.h"
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
