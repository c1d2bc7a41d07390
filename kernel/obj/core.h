/* SPDX-License-Identifier: Apache-2.0 */
/* Core: the right to a processor's time and power. */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/lib/status.h"

struct core {
    struct object object;
    struct cpu *cpu;
    _Alignas(32) struct slot plans[2]; /* MEMORY: see struct plan_state */
};
SLOT_LINKABLE(core, plans);

static inline struct core *core_of(struct object *object)
{
    return container_of(object, struct core, object);
}

/* Make a core known at boot; the core with a number, NULL if there is none. */
void core_add(struct cpu *cpu);
struct cpu *core_cpu(uint64_t id);
extern struct cpu *core_list[CPU_MAX + 1]; /* by number; then NULL */

/* The types of what has a core at all. */
#define CORE_TYPES (1u << BH_THREAD | 1u << BH_VCPU | 1u << BH_BUDGET | 1u << BH_IRQ)

/* The core that what belongs to an object may be changed on; NULL: any. */
struct cpu *core_holding(struct object *object);

struct core *core_make(struct pool *pool, struct cpu *cpu);

/* core_power. on: AGAIN until it has come; DOWN if it cannot, BUSY while it leaves. off: BUSY while
 * it is at home to a thread, BAD_ARG for core 0, which takes the interrupts of the others; it goes
 * off soon after. */
status core_on(struct cpu *cpu);
status core_off(struct cpu *cpu);
