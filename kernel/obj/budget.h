/* SPDX-License-Identifier: Apache-2.0 */
/* Budget: CPU time of one thread on one core. */
#pragma once

#include "kernel/lib/status.h"
#include "kernel/obj/object.h"

struct cpu;
struct thread;

struct budget {
    struct object object;
    struct thread *thread; /* bound to; NULL: none */
    struct cpu *cpu;
    struct budget *next, *prev; /* ready queue, while queued */
    uint64_t slice; /* ticks before others of its priority get their turn, 0: no limit */
    uint64_t left;  /* of the slice, when somebody else came first; 0: a whole one */
    uint8_t priority;
    uint8_t queued;
};

static inline struct budget *budget_of(struct object *object)
{
    return container_of(object, struct budget, object);
}

/* The thread lost its budget. */
void budget_unbound(struct budget *budget);

/* thread_budget: bind the capability, or unbind with NULL. */
struct slot;
status budget_bind(struct thread *thread, struct slot *cap);
static_assert(sizeof(struct budget) <= 128, "a block of two cache lines");
