/* SPDX-License-Identifier: Apache-2.0 */
/* Core: the right to a processor's time and power. */
#pragma once

#include "kernel/core/cpu.h"
#include "kernel/lib/status.h"

struct core {
    struct object object;
    struct cpu *cpu;
};

static inline struct core *core_of(struct object *object)
{
    return container_of(object, struct core, object);
}

/* Make a core known at boot; the core with a number, NULL if there is none. */
void core_add(struct cpu *cpu);
struct cpu *core_cpu(uint64_t id);

struct core *core_make(struct pool *pool, struct cpu *cpu);
