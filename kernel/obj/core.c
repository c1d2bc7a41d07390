/* SPDX-License-Identifier: Apache-2.0 */
/* Knows the processors that there are. */
#include "kernel/obj/core.h"

#include "arch_fast.h"
#include "kernel/arch/arch.h"
#include "kernel/core/epoch.h"
#include "kernel/lib/atomic.h"
#include "kernel/lib/log.h"
#include "kernel/obj/budget.h"
#include "kernel/obj/irq.h"
#include "kernel/obj/pool.h"
#include "kernel/sched/deadline.h"

/* How long a core may take to come, in ticks: a quarter of a second at 1 GHz, 11 s at 24 MHz. */
#define CORE_PATIENCE (UINT64_C(1) << 28)

struct cpu *core_list[CPU_MAX + 1];

BOOT_ONLY void core_add(struct cpu *cpu)
{
    ASSERT(cpu->id < CPU_MAX);
    core_list[cpu->id] = cpu;
}

struct cpu *core_cpu(uint64_t id)
{
    return id < CPU_MAX ? core_list[arch_nospec(id, CPU_MAX)] : NULL;
}

struct cpu *core_holding(struct object *object)
{
    struct cpu *cpu = NULL;
    if (object->type == BH_THREAD || object->type == BH_VCPU) {
        cpu = atomic_read_acquire(&thread_of(object)->at);
    } else if (object->type == BH_BUDGET) {
        cpu = budget_of(object)->cpu;
    } else if (object->type == BH_IRQ) {
        cpu = irq_of(object)->cpu;
    }
    return cpu && cpu_online(cpu) ? cpu : NULL;
}

BOOT_ONLY struct core *core_make(struct pool *pool, struct cpu *cpu)
{
    struct core *core = pool_object(pool, BH_CORE, sizeof(struct core));
    ASSERT(core);
    core->cpu = cpu;
    return core;
}

/* Until the core has come, and can be used, nobody posts to it: the call is made again. One that
 * firmware has started and that does not come is DOWN, until it does. */
status core_on(struct cpu *cpu)
{
    static const uint8_t results[] = {[CPU_UNFIT] = BH_DOWN,
                                      [CPU_COMING] = STATUS_AGAIN,
                                      [CPU_ON] = BH_OK,
                                      [CPU_LEAVING] = BH_BUSY,
                                      [CPU_GONE] = BH_BUSY};
    if (cpu->power == CPU_OFF) {
        cpu->power = CPU_COMING;
        cpu->called = arch_now();
        status result = arch_cpu_on(cpu);
        if (result != BH_OK) {
            cpu->power = CPU_OFF;
            return result;
        }
    }
    arch_relax();
    uint8_t power = atomic_read_acquire(&cpu->power);
    bool late = power == CPU_COMING && arch_now() - cpu->called > CORE_PATIENCE;
    return late ? BH_DOWN : results[power];
}

/* Nothing is at home there and nobody posts to it any more, once every core has passed: then it
 * works off what is in its mailbox and goes. */
status core_off(struct cpu *cpu)
{
    if (cpu->id == 0) {
        return BH_BAD_ARG;
    }
    if (cpu->power == CPU_ON && cpu->homes == 0) {
        if (!irq_leave(cpu)) {
            return STATUS_AGAIN;
        }
        cpu->swept = 0;
        cpu->power = CPU_LEAVING;
        cpu->left = epoch_after();
    }
    if (cpu->power != CPU_LEAVING) {
        return BH_BUSY;
    }
    status result = epoch_over(cpu->left);
    if (result == BH_OK) {
        cpu->power = CPU_GONE;
        arch_cpu_kick(cpu);
    }
    return result;
}

struct resume cpu_enter(struct cpu *cpu)
{
    atomic_write_release(&cpu->power, CPU_ON);
    atomic_fence();                                           /* until here it counted as idle */
    cpu->plan.boundary = cpu->plan.boundary ? arch_now() : 0; /* its next window begins */
    deadline_arm(cpu);
    mail_irq(cpu); /* whose interrupt it may have missed */
    return sched_next(cpu);
}
